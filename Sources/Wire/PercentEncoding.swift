/// Octets as `%XX`: in URLs (RFC 3986 section 2.1) and in `grpc-message` (PROTOCOL-HTTP2.md,
/// "Responses").
public enum PercentEncoding {
  /// Why strict decoding refuses a text.
  public enum Fault: Error {
    /// A `%` is not followed by two hexadecimal digits.
    case badEscape
    /// An octet outside ASCII stands there as it is.
    case notASCII
    /// The decoded octets are not UTF-8.
    case notUTF8
  }

  /// Escapes octets outside printable ASCII, and `%`.
  public static func encode(_ text: String) -> [UInt8] {
    if isPlain(text.utf8.span) { return Array(text.utf8) }
    var encoded: [UInt8] = []
    encoded.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      if isPlain(byte) {
        encoded.append(byte)
      } else {
        encoded.append(UInt8(ascii: "%"))
        encoded.append(Hexadecimal.upperDigit(byte >> 4))
        encoded.append(Hexadecimal.upperDigit(byte & 0xF))
      }
    }
    return encoded
  }

  /// Decodes once, and refuses what is ill-formed.
  ///
  /// - Parameters:
  ///   - plusIsSpace: a plus stands for a space, as in a query that a browser makes.
  ///   - allowsNonASCII: octets outside ASCII may stand there as they are.
  public static func decode(
    _ text: Span<UInt8>, plusIsSpace: Bool = false, allowsNonASCII: Bool = false
  ) throws(Fault) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
      switch text[index] {
      case UInt8(ascii: "%"):
        guard let escaped = escapedByte(text, at: index) else { throw .badEscape }
        bytes.append(escaped)
        index += 2
      case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
      case 0x80... where !allowsNonASCII: throw .notASCII
      case let byte: bytes.append(byte)
      }
      index += 1
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
    return decoded
  }

  /// Decodes once and never fails: a `%` that starts no escape stands for itself. The result need
  /// not be UTF-8.
  public static func decodeLeniently(_ text: Span<UInt8>) -> [UInt8] {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
      if text[index] == UInt8(ascii: "%"), let escaped = escapedByte(text, at: index) {
        decoded.append(escaped)
        index += 3
      } else {
        decoded.append(text[index])
        index += 1
      }
    }
    return decoded
  }

  /// The byte that the escape at `index` stands for.
  private static func escapedByte(_ text: Span<UInt8>, at index: Int) -> UInt8? {
    guard index + 2 < text.count, let high = Hexadecimal.value(of: text[index + 1]),
      let low = Hexadecimal.value(of: text[index + 2])
    else { return nil }
    return high << 4 | low
  }

  private static func isPlain(_ bytes: Span<UInt8>) -> Bool {
    for index in bytes.indices {
      if !isPlain(bytes[index]) { return false }
    }
    return true
  }

  /// Whether `encode` writes the byte as it is.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte <= 0x7E && byte != UInt8(ascii: "%")
  }
}
