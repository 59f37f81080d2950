/// Durations as people write them in flags: a whole number and a unit.
enum DurationText {
  /// For help and errors.
  static let help = "a number and s, m, h or d, such as 45s, 90m, 24h or 30d, from 1s to 3650d"

  /// For help and errors.
  static let shortHelp = "a number and ms, s or m, such as 200ms, 5s or 1m, from 1ms to 60m"

  private static let mostMilliseconds: Int64 = 3_600_000

  /// The same for short times; nil for anything but 1 millisecond to 60 minutes.
  static func parseShort(_ text: String) -> Duration? {
    let units: [(name: String, milliseconds: Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000)]
    guard let unit = units.first(where: { text.hasSuffix($0.name) }) else { return nil }
    let digits = text.dropLast(unit.name.count)
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int64(digits)
    else { return nil }
    let (milliseconds, overflows) = number.multipliedReportingOverflow(by: unit.milliseconds)
    guard !overflows, (1...mostMilliseconds).contains(milliseconds) else { return nil }
    return .milliseconds(milliseconds)
  }

  private static let mostSeconds: Int64 = 3650 * 24 * 3600

  /// Nil for anything but 1 second to 3650 days.
  static func parse(_ text: String) -> Duration? {
    guard let last = text.last, let unit = seconds(of: last) else { return nil }
    let digits = text.dropLast()
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int64(digits)
    else { return nil }
    let (seconds, overflows) = number.multipliedReportingOverflow(by: unit)
    guard !overflows, (1...mostSeconds).contains(seconds) else { return nil }
    return .seconds(seconds)
  }

  private static func seconds(of unit: Character) -> Int64? {
    switch unit {
    case "s": 1
    case "m": 60
    case "h": 3600
    case "d": 24 * 3600
    default: nil
    }
  }
}
