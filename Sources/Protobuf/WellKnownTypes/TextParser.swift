/// Takes pieces off the front of an ASCII text.
struct TextParser {
  private var rest: Substring.UTF8View

  init(_ text: String) { rest = Substring(text).utf8 }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard let first = rest.first, UInt32(first) == character.value else { return false }
    rest = rest.dropFirst()
    return true
  }

  /// The digits that come next, as many as the range says.
  mutating func digits(_ count: ClosedRange<Int>) -> Substring? {
    let digits = rest.prefix { $0.isDigit }
    guard count.contains(digits.count) else { return nil }
    rest = rest[digits.endIndex...]
    return Substring(digits)
  }

  mutating func number(digits count: Int) -> Int64? {
    digits(count...count).flatMap { Int64($0) }
  }

  /// `.5` as nanoseconds; 0 when there is no point; nil for more than nine digits.
  mutating func fraction() -> Int32? {
    guard take(".") else { return 0 }
    guard let digits = digits(1...9) else { return nil }
    return Int32(digits + String(repeating: "0", count: 9 - digits.count))
  }
}

/// `.5` as 500, 500000 or 500000000 digits: nothing, milli-, micro- or nanoseconds.
func fractionText(nanos: Int32) -> String {
  guard nanos != 0 else { return "" }
  let digits = padded(Int64(nanos), to: 9)
  if nanos % 1_000_000 == 0 { return "." + digits.prefix(3) }
  return "." + (nanos % 1000 == 0 ? digits.prefix(6) : digits[...])
}

func padded(_ number: Int64, to count: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, count - digits.count)) + digits
}
