import CLinux

/// A point of the clock that never jumps (CLOCK_MONOTONIC), in nanoseconds.
public struct MonotonicTime: Sendable, Hashable, Comparable {
  public var nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Reads the clock.
  public static func now() -> MonotonicTime { MonotonicTime(nanoseconds: cl_monotonic_ns()) }

  public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// Saturates at the ends.
  public static func + (time: MonotonicTime, duration: Duration) -> MonotonicTime {
    let (sum, overflow) = time.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
    return MonotonicTime(nanoseconds: overflow ? (sum < 0 ? .max : .min) : sum)
  }

  public static func - (left: MonotonicTime, right: MonotonicTime) -> Duration {
    .nanoseconds(left.nanoseconds - right.nanoseconds)
  }
}

extension Duration {
  /// Nanoseconds, rounded up, held within Int64.
  var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let fraction = (attoseconds + (attoseconds > 0 ? 999_999_999 : 0)) / 1_000_000_000
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, overflowed) = whole.addingReportingOverflow(fraction)
    return overflowed ? .max : sum
  }
}

/// The time of day (CLOCK_REALTIME); it may jump.
public enum WallClock {
  /// Microseconds since 1970 in UTC.
  @inline(__always)
  public static func nowMicroseconds() -> Int64 { cl_realtime_us() }
}
