/// Base64 (RFC 4648), in the three dialects that trackd speaks.
public enum Base64: Sendable {
  /// gRPC's `-bin` metadata: the alphabet of section 4, written without padding and read with or
  /// without.
  case metadata
  /// protobuf's JSON: the alphabet of section 4, written with padding; reading takes the alphabet
  /// of section 5 too, and text without padding.
  case json
  /// Page tokens: the alphabet of section 5, without padding. Reading takes only the text that
  /// writing makes, so that no two texts stand for the same bytes.
  case url

  public func encode(_ bytes: [UInt8]) -> [UInt8] {
    let size = self == .json ? (bytes.count + 2) / 3 * 4 : (bytes.count * 4 + 2) / 3
    let (digit62, digit63) = lastDigits
    return [UInt8](capacity: size) { text in
      let bytes = bytes.span
      var index = 0
      while index + 2 < bytes.count {
        let (first, second, third) = (bytes[index], bytes[index + 1], bytes[index + 2])
        text.append(Self.digit(first >> 2, digit62, digit63))
        text.append(Self.digit(first << 4 | second >> 4, digit62, digit63))
        text.append(Self.digit(second << 2 | third >> 6, digit62, digit63))
        text.append(Self.digit(third, digit62, digit63))
        index += 3
      }
      guard index < bytes.count else { return }
      let first = bytes[index]
      text.append(Self.digit(first >> 2, digit62, digit63))
      if index + 1 < bytes.count {
        let second = bytes[index + 1]
        text.append(Self.digit(first << 4 | second >> 4, digit62, digit63))
        text.append(Self.digit(second << 2, digit62, digit63))
      } else {
        text.append(Self.digit(first << 4, digit62, digit63))
      }
      while text.count < size { text.append(UInt8(ascii: "=")) }
    }
  }

  /// Nil for text that is not base64 of this dialect.
  public func decode(_ text: Span<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count * 3 / 4)
    var accumulator: UInt32 = 0
    var bits: UInt32 = 0
    var digits = 0
    var padding = 0
    for index in text.indices {
      if text[index] == UInt8(ascii: "=") {
        padding += 1
        continue
      }
      guard padding == 0, let digit = value(of: text[index]) else { return nil }
      digits += 1
      accumulator = accumulator << 6 | digit
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: accumulator >> bits))
      }
    }
    // One digit left over is not a byte; padding, where there is any, fills the last four.
    guard digits % 4 != 1, padding == 0 || (digits + padding) % 4 == 0, padding <= 2 else {
      return nil
    }
    if self == .url, padding > 0 || accumulator & ((1 << bits) - 1) != 0 { return nil }
    return bytes
  }

  /// The digits of 62 and 63.
  private var lastDigits: (UInt8, UInt8) {
    switch self {
    case .metadata, .json: (UInt8(ascii: "+"), UInt8(ascii: "/"))
    case .url: (UInt8(ascii: "-"), UInt8(ascii: "_"))
    }
  }

  /// The digit of the six lower bits.
  @inline(__always)
  private static func digit(_ bits: UInt8, _ digit62: UInt8, _ digit63: UInt8) -> UInt8 {
    switch bits & 0x3F {
    case let value where value < 26: value + UInt8(ascii: "A")
    case let value where value < 52: value - 26 + UInt8(ascii: "a")
    case let value where value < 62: value - 52 + UInt8(ascii: "0")
    case 62: digit62
    default: digit63
    }
  }

  /// The six bits of a digit; nil for a byte that is none.
  func digit(_ byte: UInt8) -> UInt32? { value(of: byte) }

  @inline(__always)
  private func value(of digit: UInt8) -> UInt32? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+") where self != .url: 62
    case UInt8(ascii: "/") where self != .url: 63
    case UInt8(ascii: "-") where self != .metadata: 62
    case UInt8(ascii: "_") where self != .metadata: 63
    default: nil
    }
  }
}
