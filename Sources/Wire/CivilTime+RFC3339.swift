extension CivilTime {
  /// Reads a time such as `2026-05-04T03:02:01.5Z` or `2026-05-04T03:02:01+02:00` (RFC 3339 section
  /// 5.6) as seconds since 1970 and nanoseconds.
  ///
  /// Nil for any other text, for a leap second, for more than nine digits of a fraction, and
  /// outside of the years 1 to 9999.
  ///
  /// - Parameter allowsLowercase: `t` and `z` may stand for `T` and `Z`.
  public static func parse(
    rfc3339 text: String, allowsLowercase: Bool
  ) -> (seconds: Int64, nanoseconds: Int32)? {
    var scanner = TextScanner(text)
    guard let year = scanner.number(digits: 4), scanner.take("-"),
      let month = scanner.number(digits: 2), scanner.take("-"),
      let day = scanner.number(digits: 2),
      scanner.take("T") || allowsLowercase && scanner.take("t"),
      let hour = scanner.number(digits: 2), hour < 24, scanner.take(":"),
      let minute = scanner.number(digits: 2), minute < 60, scanner.take(":"),
      let second = scanner.number(digits: 2), second < 60,
      let nanoseconds = scanner.fraction(),
      let offset = offset(&scanner, allowsLowercase: allowsLowercase), scanner.isAtEnd,
      let time = CivilTime(
        year: year, month: month, day: day, secondOfDay: (hour * 60 + minute) * 60 + second)
    else { return nil }
    let seconds = time.secondsSince1970 - offset
    return secondRange.contains(seconds) ? (seconds, nanoseconds) : nil
  }

  /// `Z` or `+01:30`, in seconds.
  private static func offset(_ scanner: inout TextScanner, allowsLowercase: Bool) -> Int64? {
    if scanner.take("Z") || allowsLowercase && scanner.take("z") { return 0 }
    let isNegative = scanner.take("-")
    guard isNegative || scanner.take("+"), let hours = scanner.number(digits: 2), hours < 24,
      scanner.take(":"), let minutes = scanner.number(digits: 2), minutes < 60
    else { return nil }
    return (isNegative ? -1 : 1) * (hours * 60 + minutes) * 60
  }
}
