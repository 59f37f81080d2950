/// A date and a time of day of the proleptic Gregorian calendar, in UTC, without leap seconds.
public struct CivilTime: Sendable, Hashable {
  public let year: Int64
  public let month: Int64
  public let day: Int64
  public let secondOfDay: Int64

  /// The seconds since 1970 of 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
  public static var secondRange: ClosedRange<Int64> { -62_135_596_800...253_402_300_799 }

  private static var secondsPerDay: Int64 { 86_400 }
  /// Days from 0000-03-01 to 1970-01-01.
  private static var daysBefore1970: Int64 { 719_468 }
  /// Days of 400 years.
  private static var daysPerEra: Int64 { 146_097 }

  /// The algorithm counts days of 400-year eras that start on the first of March, so that the leap
  /// day is the last of its year.
  public init(secondsSince1970 seconds: Int64) {
    let days = seconds.flooredDivision(by: Self.secondsPerDay) + Self.daysBefore1970
    let era = days.flooredDivision(by: Self.daysPerEra)
    let dayOfEra = days.flooredRemainder(by: Self.daysPerEra)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    secondOfDay = seconds.flooredRemainder(by: Self.secondsPerDay)
  }

  /// Nil where the calendar has no such day, and outside of the years 1 to 9999.
  public init?(year: Int64, month: Int64, day: Int64, secondOfDay: Int64) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
    self.year = year
    self.month = month
    self.day = day
    self.secondOfDay = secondOfDay
    let back = CivilTime(secondsSince1970: secondsSince1970)
    guard back.month == month, back.day == day else { return nil }
  }

  public var secondsSince1970: Int64 {
    let marchYear = month <= 2 ? year - 1 : year
    let era = marchYear.flooredDivision(by: 400)
    let yearOfEra = marchYear.flooredRemainder(by: 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return (era * Self.daysPerEra + dayOfEra - Self.daysBefore1970) * Self.secondsPerDay
      + secondOfDay
  }

  /// Appends `2026-01-31T09:30:00`, for years 0 to 9999.
  public func append(to text: inout [UInt8]) {
    Self.append(year, digits: 4, to: &text)
    text.append(UInt8(ascii: "-"))
    Self.append(month, digits: 2, to: &text)
    text.append(UInt8(ascii: "-"))
    Self.append(day, digits: 2, to: &text)
    text.append(UInt8(ascii: "T"))
    Self.append(secondOfDay / 3600, digits: 2, to: &text)
    text.append(UInt8(ascii: ":"))
    Self.append(secondOfDay / 60 % 60, digits: 2, to: &text)
    text.append(UInt8(ascii: ":"))
    Self.append(secondOfDay % 60, digits: 2, to: &text)
  }

  /// Appends the lowest `digits` decimal digits of a number that is not negative.
  private static func append(_ number: Int64, digits: Int, to text: inout [UInt8]) {
    var divisor: Int64 = 1
    for _ in 1..<digits { divisor *= 10 }
    while divisor > 0 {
      text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
      divisor /= 10
    }
  }
}

extension Int64 {
  fileprivate func flooredDivision(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }

  fileprivate func flooredRemainder(by divisor: Int64) -> Int64 {
    let remainder = self % divisor
    return remainder < 0 ? remainder + divisor : remainder
  }
}
