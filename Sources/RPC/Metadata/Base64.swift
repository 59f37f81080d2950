/// Base64 of `-bin` metadata (RFC 4648 section 4): sent without padding, taken with or without.
enum Base64 {
  static func encode(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](capacity: (bytes.count * 4 + 2) / 3) { text in
      let bytes = bytes.span
      var index = 0
      while index + 2 < bytes.count {
        let (first, second, third) = (bytes[index], bytes[index + 1], bytes[index + 2])
        text.append(digit(first >> 2))
        text.append(digit(first << 4 | second >> 4))
        text.append(digit(second << 2 | third >> 6))
        text.append(digit(third))
        index += 3
      }
      guard index < bytes.count else { return }
      let first = bytes[index]
      text.append(digit(first >> 2))
      guard index + 1 < bytes.count else { return text.append(digit(first << 4)) }
      let second = bytes[index + 1]
      text.append(digit(first << 4 | second >> 4))
      text.append(digit(second << 2))
    }
  }

  /// The digit of the six lower bits.
  @inline(__always)
  private static func digit(_ bits: UInt8) -> UInt8 {
    switch bits & 0x3F {
    case let value where value < 26: value + UInt8(ascii: "A")
    case let value where value < 52: value - 26 + UInt8(ascii: "a")
    case let value where value < 62: value - 52 + UInt8(ascii: "0")
    case 62: UInt8(ascii: "+")
    default: UInt8(ascii: "/")
    }
  }

  /// Nil for text that is not base64.
  static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count * 3 / 4)
    var accumulator: UInt32 = 0
    var bits = 0
    var digits = 0
    var padding = 0
    for character in text {
      if character == UInt8(ascii: "=") {
        padding += 1
        continue
      }
      guard padding == 0, let digit = value(of: character) else { return nil }
      digits += 1
      accumulator = accumulator << 6 | digit
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: accumulator >> UInt32(bits)))
      }
    }
    // One digit left over is not a byte; padding, where there is any, fills the last four.
    guard digits % 4 != 1, padding == 0 || (digits + padding) % 4 == 0, padding <= 2 else {
      return nil
    }
    return bytes
  }

  private static func value(of character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
