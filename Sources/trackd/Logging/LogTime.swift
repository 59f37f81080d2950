import Wire

/// A point in time as RFC 3339 in UTC with microseconds (`2026-01-31T09:30:00.000125Z`).
///
/// The date and the seconds are kept between lines and computed anew once a second.
struct LogTime: ~Copyable {
  private var second: Int64 = .min
  private var micros: Int64 = 0
  private var prefix: [UInt8] = []

  /// - Parameter micros: microseconds since 1970.
  mutating func set(micros now: Int64) {
    let (second, micros) = (now.flooredDivision(by: 1_000_000), now.flooredRemainder(by: 1_000_000))
    self.micros = micros
    guard second != self.second else { return }
    self.second = second
    let days = second.flooredDivision(by: 86_400)
    let time = second.flooredRemainder(by: 86_400)
    let date = Self.civil(days: days)
    prefix.removeAll(keepingCapacity: true)
    Self.digits(date.year, 4, to: &prefix)
    prefix.append(UInt8(ascii: "-"))
    Self.digits(date.month, 2, to: &prefix)
    prefix.append(UInt8(ascii: "-"))
    Self.digits(date.day, 2, to: &prefix)
    prefix.append(UInt8(ascii: "T"))
    Self.digits(time / 3600, 2, to: &prefix)
    prefix.append(UInt8(ascii: ":"))
    Self.digits(time / 60 % 60, 2, to: &prefix)
    prefix.append(UInt8(ascii: ":"))
    Self.digits(time % 60, 2, to: &prefix)
    prefix.append(UInt8(ascii: "."))
  }

  func append(to buffer: inout ByteBuffer) {
    buffer.append(prefix.span)
    buffer.append(decimal: UInt64(micros), width: 6)
    buffer.append(UInt8(ascii: "Z"))
  }

  private static func digits(_ value: Int64, _ count: Int, to buffer: inout [UInt8]) {
    var divisor: Int64 = 1
    for _ in 1..<count { divisor *= 10 }
    while divisor > 0 {
      buffer.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
      divisor /= 10
    }
  }

  /// The proleptic Gregorian date `days` after 1970-01-01, by counting 400-year eras that start
  /// on the first of March, so that the leap day comes last.
  private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = shifted.flooredDivision(by: 146_097)
    let dayOfEra = shifted.flooredRemainder(by: 146_097)
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
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
