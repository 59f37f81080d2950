import Wire

extension Duration_ {
  /// 10,000 years.
  static let secondRange: ClosedRange<Int64> = -315_576_000_000...315_576_000_000

  public init(seconds: Int64, nanos: Int32 = 0) {
    self.init()
    self.seconds = seconds
    self.nanos = nanos
  }

  public init(json reader: inout JSONReader) throws(JSONDecodingError) {
    var scanner = TextScanner(try reader.string())
    let isNegative = scanner.take("-")
    guard let digits = scanner.digits(1...12), let seconds = Int64(digits),
      let nanos = scanner.fraction(), scanner.take("s"), scanner.isAtEnd,
      Self.secondRange.contains(seconds)
    else { throw reader.failure("a duration as 1.5s expected") }
    self.init(seconds: isNegative ? -seconds : seconds, nanos: isNegative ? -nanos : nanos)
  }

  public func write(json writer: inout JSONWriter) throws(JSONEncodingError) {
    let sameSign = seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0)
    guard Self.secondRange.contains(seconds), (-999_999_999...999_999_999).contains(nanos), sameSign
    else { throw JSONEncodingError(reason: "a duration out of range") }
    let sign = seconds < 0 || nanos < 0 ? "-" : ""
    writer.value("\(sign)\(seconds.magnitude)\(fractionText(nanos: abs(nanos)))s")
  }
}
