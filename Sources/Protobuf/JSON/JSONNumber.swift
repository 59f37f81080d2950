/// The numbers of JSON, exactly: no integer goes through a floating-point type.
enum JSONNumber {
  /// Whether a text is a JSON number (RFC 8259 section 6).
  static func isNumber(_ text: Substring) -> Bool {
    var scanner = JSONScanner(Array(text.utf8))
    guard let first = text.utf8.first, first.isDigit || first == UInt8(ascii: "-") else {
      return false
    }
    return (try? scanner.number()) != nil && scanner.offset == scanner.bytes.count
  }

  /// The integer that a JSON number is: `1`, `1.0` and `10e-1` are 1. Nil if it has a fraction or
  /// does not fit.
  static func integer<T: FixedWidthInteger>(_ text: Substring) -> T? {
    if let value = T(text) { return value }
    var mantissa = text[...]
    var exponent = 0
    if let e = text.firstIndex(where: { $0 == "e" || $0 == "E" }) {
      mantissa = text[..<e]
      guard let value = Int(text[text.index(after: e)...]), abs(value) < 1000 else { return nil }
      exponent = value
    }
    let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    var digits = parts.joined()
    let fraction = parts.count > 1 ? parts[1].count : 0
    exponent -= fraction
    let isZero = !digits.contains { $0 != "0" && $0 != "-" }
    if isZero { return 0 }
    if exponent >= 0 {
      guard exponent <= 20 else { return nil }
      digits += String(repeating: "0", count: exponent)
      return T(digits)
    }
    guard -exponent < digits.count, digits.suffix(-exponent).allSatisfy({ $0 == "0" }) else {
      return nil
    }
    return T(digits.dropLast(-exponent))
  }
}
