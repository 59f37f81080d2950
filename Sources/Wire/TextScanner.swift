/// Takes pieces off the front of an ASCII text.
public struct TextScanner {
  private var rest: Substring.UTF8View

  public init(_ text: String) { rest = Substring(text).utf8 }

  public var isAtEnd: Bool { rest.isEmpty }

  /// Takes `character` if it comes next.
  public mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard let first = rest.first, UInt32(first) == character.value else { return false }
    rest.removeFirst()
    return true
  }

  /// Takes all digits that come next; nil unless `count` holds their number.
  public mutating func digits(_ count: ClosedRange<Int>) -> Substring? {
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard count.contains(digits.count) else { return nil }
    rest = rest[digits.endIndex...]
    return Substring(digits)
  }

  public mutating func number(digits count: Int) -> Int64? {
    digits(count...count).flatMap { Int64($0) }
  }

  /// Takes `.5` as nanoseconds: 0 when there is no point, nil unless one to nine digits follow it.
  public mutating func fraction() -> Int32? {
    guard take(".") else { return 0 }
    guard let digits = digits(1...9) else { return nil }
    return Int32(digits + String(repeating: "0", count: 9 - digits.count))
  }
}
