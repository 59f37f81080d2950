import Wire

/// Decodes and checks the names of Git branches.
///
/// The rules are those of git-check-ref-format(1) for branches, except that spaces are allowed.
public enum BranchName {
  /// The longest name, in bytes after decoding.
  public static var maximumLength: Int { 255 }

  /// Decodes a URL-encoded name exactly once (RFC 3986 section 2.1; a plus stays a plus) and checks
  /// it. The empty name, which unlinks a track, stays empty.
  public static func decode(_ encoded: String) throws(InvalidValue) -> String {
    guard encoded.utf8.count <= 3 * maximumLength else { throw tooLong }
    let name = encoded.utf8.contains(percent) ? try unescape(encoded) : encoded
    if !name.isEmpty { try check(name) }
    return name
  }

  /// Checks a decoded name that is not empty.
  public static func check(_ name: String) throws(InvalidValue) {
    guard name.utf8.count <= maximumLength else { throw tooLong }
    if name == "@" { throw invalid("must not be '@'") }
    if name.hasPrefix("-") { throw invalid("must not start with '-'") }
    if name.hasSuffix(".") { throw invalid("must not end with '.'") }
    var previous: UInt8 = 0
    for byte in name.utf8 {
      try check(byte, after: previous)
      previous = byte
    }
    for segment in name.split(separator: "/", omittingEmptySubsequences: false) {
      if segment.isEmpty { throw invalid("must not start or end with '/', or hold '//'") }
      if segment.hasPrefix(".") { throw invalid("must have no segment that starts with '.'") }
      if segment.hasSuffix(".lock") { throw invalid("must have no segment that ends with '.lock'") }
    }
  }

  private static func check(_ byte: UInt8, after previous: UInt8) throws(InvalidValue) {
    switch byte {
    case 0..<0x20, 0x7F:
      throw invalid("must not hold control characters")
    case UInt8(ascii: "~"), UInt8(ascii: "^"), UInt8(ascii: ":"), UInt8(ascii: "?"),
      UInt8(ascii: "*"), UInt8(ascii: "["), UInt8(ascii: "\\"):
      throw invalid("must hold none of ~ ^ : ? * [ \\")
    case UInt8(ascii: ".") where previous == byte:
      throw invalid("must not hold '..'")
    case UInt8(ascii: "{") where previous == UInt8(ascii: "@"):
      throw invalid("must not hold '@{'")
    default: break
    }
  }

  private static func unescape(_ encoded: String) throws(InvalidValue) -> String {
    do {
      return try PercentEncoding.decode(encoded.utf8.span, allowsNonASCII: true)
    } catch .notUTF8 {
      throw invalid("is not UTF-8 after decoding")
    } catch {
      throw invalid("holds a '%' that is not followed by two hexadecimal digits")
    }
  }

  private static var percent: UInt8 { UInt8(ascii: "%") }
  private static var tooLong: InvalidValue {
    invalid("must have at most \(maximumLength) bytes")
  }
  private static func invalid(_ description: String) -> InvalidValue {
    InvalidValue(.invalidBranch, description)
  }
}
