/// A date and time of day of the proleptic Gregorian calendar, in UTC.
struct CivilTime {
  var year: Int64
  var month: Int64
  var day: Int64
  var secondOfDay: Int64

  /// Seconds of 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z since 1970.
  static let secondRange: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  /// From seconds since 1970; the algorithm counts days of 400-year eras from March 1st of year 0.
  init(secondsSince1970 seconds: Int64) {
    var days = seconds / 86400
    secondOfDay = seconds % 86400
    if secondOfDay < 0 {
      secondOfDay += 86400
      days -= 1
    }
    days += 719_468
    let era = days / 146_097
    let dayOfEra = days % 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Nil where the calendar has no such day.
  init?(year: Int64, month: Int64, day: Int64, secondOfDay: Int64) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
    self.year = year
    self.month = month
    self.day = day
    self.secondOfDay = secondOfDay
    let back = CivilTime(secondsSince1970: secondsSince1970)
    guard back.month == month, back.day == day else { return nil }
  }

  var secondsSince1970: Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear / 400
    let yearOfEra = shiftedYear % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return (era * 146_097 + dayOfEra - 719_468) * 86400 + secondOfDay
  }
}
