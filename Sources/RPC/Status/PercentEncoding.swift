/// `grpc-message`: octets outside printable ASCII, and `%`, are sent as `%XX`
/// (PROTOCOL-HTTP2.md, "Responses").
enum PercentEncoding {
  static func encode(_ text: String) -> [UInt8] {
    if isPlain(text.utf8.span) { return Array(text.utf8) }
    var encoded: [UInt8] = []
    encoded.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      if isPlain(byte) {
        encoded.append(byte)
      } else {
        encoded.append(UInt8(ascii: "%"))
        encoded.append(hexDigit(byte >> 4))
        encoded.append(hexDigit(byte & 0xF))
      }
    }
    return encoded
  }

  /// Never fails: a `%` that starts no escape stands for itself, octets that are not UTF-8 are
  /// replaced. A message is for people and must not be lost because it is ill-formed.
  static func decode(_ bytes: some Collection<UInt8>) -> String {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index != bytes.endIndex {
      let byte = bytes[index]
      bytes.formIndex(after: &index)
      let rest = bytes[index...].prefix(2)
      guard byte == UInt8(ascii: "%"), let escaped = value(of: rest) else {
        decoded.append(byte)
        continue
      }
      decoded.append(escaped)
      bytes.formIndex(&index, offsetBy: 2)
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  private static func isPlain(_ bytes: Span<UInt8>) -> Bool {
    for index in bytes.indices {
      if !isPlain(bytes[index]) { return false }
    }
    return true
  }

  /// Whether it is sent as it is.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte <= 0x7E && byte != UInt8(ascii: "%")
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }

  private static func value(of digits: some Collection<UInt8>) -> UInt8? {
    guard digits.count == 2 else { return nil }
    var value: UInt8 = 0
    for digit in digits {
      guard let nibble = nibble(digit) else { return nil }
      value = value << 4 | nibble
    }
    return value
  }

  private static func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
