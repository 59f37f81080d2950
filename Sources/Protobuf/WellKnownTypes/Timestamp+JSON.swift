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
    let time = CivilTime(secondsSince1970: seconds)
    let date = "\(padded(time.year, to: 4))-\(padded(time.month, to: 2))-\(padded(time.day, to: 2))"
    let minute = time.secondOfDay / 60
    let clock = [minute / 60, minute % 60, time.secondOfDay % 60].map { padded($0, to: 2) }
    return date + "T" + clock.joined(separator: ":") + fractionText(nanos: nanos) + "Z"
  }

  /// Parses RFC 3339 with any offset. Nil for what is none, a leap second, more than nine digits of
  /// a second, or a time outside of the years 1 to 9999.
  public init?(rfc3339 text: String) {
    var parser = TextParser(text)
    guard let year = parser.number(digits: 4), parser.take("-"),
      let month = parser.number(digits: 2), parser.take("-"),
      let day = parser.number(digits: 2), parser.take("T"),
      let hour = parser.number(digits: 2), hour < 24, parser.take(":"),
      let minute = parser.number(digits: 2), minute < 60, parser.take(":"),
      let second = parser.number(digits: 2), second < 60,
      let nanos = parser.fraction(), let offset = Self.offset(&parser), parser.isAtEnd,
      let time = CivilTime(
        year: year, month: month, day: day, secondOfDay: (hour * 60 + minute) * 60 + second)
    else { return nil }
    let seconds = time.secondsSince1970 - offset
    guard CivilTime.secondRange.contains(seconds) else { return nil }
    self.init(seconds: seconds, nanos: nanos)
  }

  /// `Z` or `+01:30`, in seconds.
  private static func offset(_ parser: inout TextParser) -> Int64? {
    if parser.take("Z") { return 0 }
    let sign: Int64
    if parser.take("+") {
      sign = 1
    } else if parser.take("-") {
      sign = -1
    } else {
      return nil
    }
    guard let hours = parser.number(digits: 2), hours < 24, parser.take(":"),
      let minutes = parser.number(digits: 2), minutes < 60
    else { return nil }
    return sign * (hours * 60 + minutes) * 60
  }
}
