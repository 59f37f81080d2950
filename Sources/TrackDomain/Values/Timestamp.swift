/// A point in time of the years 1 to 9999, in microseconds since 1970-01-01T00:00:00Z, without leap
/// seconds.
///
/// Microseconds, because an `Int64` holds them with room to spare and stores keep them as one
/// number. No value lies outside of these years, so that arithmetic on times cannot overflow: an
/// earlier or later result is the earliest or the latest time. Use `init(exactly:)` or
/// `init(seconds:nanoseconds:)` for numbers from outside: they refuse a time out of range.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// 0001-01-01T00:00:00Z.
  public static let earliest = Timestamp(microseconds: .min)
  /// 9999-12-31T23:59:59.999999Z.
  public static let latest = Timestamp(microseconds: .max)

  private static let range: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_999_999

  public let microseconds: Int64

  /// The time, or the nearest one in range.
  public init(microseconds: Int64) {
    self.microseconds = min(max(microseconds, Self.range.lowerBound), Self.range.upperBound)
  }

  /// Nil outside of the years 1 to 9999.
  public init?(exactly microseconds: Int64) {
    guard Self.range.contains(microseconds) else { return nil }
    self.microseconds = microseconds
  }

  /// A time in protobuf's form, rounded towards the past. Nil outside of the years 1 to 9999, and
  /// unless there are 0 to 999,999,999 nanoseconds.
  public init?(seconds: Int64, nanoseconds: Int32) {
    let (whole, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, isOverToo) = whole.addingReportingOverflow(Int64(nanoseconds) / 1000)
    guard !isOver, !isOverToo, (0..<1_000_000_000).contains(nanoseconds) else { return nil }
    self.init(exactly: sum)
  }

  /// Whole seconds since 1970, rounded towards the past, as in protobuf's Timestamp.
  public var seconds: Int64 {
    microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000
  }

  /// The rest after `seconds`, in nanoseconds: 0 to 999,999,000.
  public var nanoseconds: Int32 {
    Int32(truncatingIfNeeded: (microseconds - seconds * 1_000_000) * 1000)
  }

  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.microseconds < right.microseconds
  }

  /// The time `duration` earlier, in microseconds; later for a negative one.
  public func before(microseconds duration: Int64) -> Timestamp {
    let (time, isOver) = microseconds.subtractingReportingOverflow(duration)
    return isOver ? (duration > 0 ? .earliest : .latest) : Timestamp(microseconds: time)
  }

  /// The time `duration` earlier; later for a negative one.
  public func before(_ duration: Duration) -> Timestamp {
    before(microseconds: duration.microsecondsInRange)
  }

  /// The time `duration` later, in microseconds; earlier for a negative one.
  public func after(microseconds duration: Int64) -> Timestamp {
    let (time, isOver) = microseconds.addingReportingOverflow(duration)
    return isOver ? (duration > 0 ? .latest : .earliest) : Timestamp(microseconds: time)
  }

  /// The time `duration` later; earlier for a negative one.
  public func after(_ duration: Duration) -> Timestamp {
    after(microseconds: duration.microsecondsInRange)
  }
}

extension Duration {
  /// Whole microseconds, or the nearest number of them that an `Int64` holds.
  public var microsecondsInRange: Int64 {
    let (seconds, attoseconds) = components
    let (whole, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, isOverToo) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000)
    return isOver || isOverToo ? (seconds > 0 ? .max : .min) : sum
  }
}
