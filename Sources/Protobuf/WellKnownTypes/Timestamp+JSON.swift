import Wire

extension Timestamp {
  public init(seconds: Int64, nanos: Int32 = 0) {
    self.init()
    self.seconds = seconds
    self.nanos = nanos
  }

  public init(json reader: inout JSONReader) throws(JSONDecodingError) {
    guard let time = Timestamp(rfc3339: try reader.string()) else {
      throw reader.failure("a time as 2006-01-02T15:04:05.999Z expected")
    }
    self = time
  }

  public func write(json writer: inout JSONWriter) throws(JSONEncodingError) {
    guard let text = rfc3339 else {
      throw JSONEncodingError(reason: "a time outside of the years 1 to 9999")
    }
    writer.value(text)
  }

  /// RFC 3339 in UTC with 0, 3, 6 or 9 digits of a second; nil outside of the years 1 to 9999.
  public var rfc3339: String? {
    guard CivilTime.secondRange.contains(seconds), (0...999_999_999).contains(nanos) else {
      return nil
    }
    var text: [UInt8] = []
    CivilTime(secondsSince1970: seconds).append(to: &text)
    return String(decoding: text, as: UTF8.self) + fractionText(nanos: nanos) + "Z"
  }

  /// Parses RFC 3339 with any offset. Nil for other text, a leap second, more than nine digits of a
  /// second, or a time outside of the years 1 to 9999.
  public init?(rfc3339 text: String) {
    guard let (seconds, nanos) = CivilTime.parse(rfc3339: text, allowsLowercase: false) else {
      return nil
    }
    self.init(seconds: seconds, nanos: nanos)
  }
}

/// `.5` as 500, 500000 or 500000000 digits: nothing, milli-, micro- or nanoseconds.
func fractionText(nanos: Int32) -> String {
  guard nanos != 0 else { return "" }
  let number = String(nanos)
  let digits = String(repeating: "0", count: 9 - number.count) + number
  if nanos % 1_000_000 == 0 { return "." + digits.prefix(3) }
  return "." + (nanos % 1000 == 0 ? digits.prefix(6) : digits[...])
}
