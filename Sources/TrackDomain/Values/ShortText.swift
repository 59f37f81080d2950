/// Builds a short ASCII text without allocating, for texts that every answer holds.
struct ShortText {
  private var bytes = InlineArray<32, UInt8>(repeating: 0)
  private var count = 0

  /// - Precondition: all parts together have at most 32 bytes.
  mutating func append(_ character: Unicode.Scalar) {
    bytes[count] = UInt8(ascii: character)
    count += 1
  }

  /// Appends the decimal digits of a number that is not negative.
  mutating func append(_ number: UInt64) {
    var rest = number
    let start = count
    repeat {
      bytes[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      count += 1
      rest /= 10
    } while rest > 0
    var (low, high) = (start, count - 1)
    while low < high {
      bytes.swapAt(low, high)
      low += 1
      high -= 1
    }
  }

  var string: String {
    guard let text = try? UTF8Span(validating: bytes.span.extracting(0..<count)) else { return "" }
    return String(copying: text)
  }
}
