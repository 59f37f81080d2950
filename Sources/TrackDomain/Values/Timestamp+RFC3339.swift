import Wire

extension Timestamp {
  /// Reads a time such as `2026-05-04T03:02:01.5Z` or `2026-05-04T03:02:01+02:00` (RFC 3339 section
  /// 5.6), years 1 to 9999, no leap seconds. Nil for anything else, and for fractions of
  /// microseconds.
  public init?(rfc3339 text: String) {
    guard let (seconds, nanoseconds) = CivilTime.parse(rfc3339: text, allowsLowercase: true),
      nanoseconds % 1000 == 0
    else { return nil }
    self.init(seconds: seconds, nanoseconds: nanoseconds)
  }
}
