import Wire

/// The time of day as `date` has it (RFC 9110 section 5.6.7).
enum HTTPDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// `Sun, 06 Nov 1994 08:49:37 GMT`; times outside of the years 1 to 9999 are the nearest within.
  static func text(_ secondsSince1970: Int64) -> String {
    let range = CivilTime.secondRange
    let seconds = min(max(secondsSince1970, range.lowerBound), range.upperBound)
    let time = CivilTime(secondsSince1970: seconds)
    // 1970 began with a Thursday.
    let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let weekday = Self.days[Int(((days % 7) + 7) % 7)]
    let month = Self.months[Int(time.month) - 1]
    let second = time.secondOfDay
    return "\(weekday), \(two(time.day)) \(month) \(four(time.year)) "
      + "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60)) GMT"
  }

  private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static func four(_ number: Int64) -> String {
    let text = "\(number)"
    return String(repeating: "0", count: max(0, 4 - text.utf8.count)) + text
  }
}
