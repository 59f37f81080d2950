/// A point in time, in microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Microseconds because an `Int64` holds them for 290,000 years and stores keep them as one number.
public struct Timestamp: Sendable, Hashable, Comparable {
  public var microseconds: Int64

  public init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// Whole seconds since the epoch, rounded towards the past, as protobuf's Timestamp wants them.
  public var seconds: Int64 {
    microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000
  }

  /// What is left after `seconds`, in nanoseconds: 0 to 999,999,000.
  public var nanoseconds: Int32 {
    Int32(truncatingIfNeeded: (microseconds - seconds * 1_000_000) * 1000)
  }

  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.microseconds < right.microseconds
  }

  /// The time `duration` earlier, in microseconds.
  public func before(microseconds duration: Int64) -> Timestamp {
    Timestamp(microseconds: microseconds - duration)
  }

  /// The time `duration` earlier, which is less than 290,000 years.
  public func before(_ duration: Duration) -> Timestamp {
    before(
      microseconds: duration.components.seconds * 1_000_000
        + duration.components.attoseconds / 1_000_000_000_000)
  }
}
