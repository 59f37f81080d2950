import CLinux

/// The time of day (CLOCK_REALTIME); it may jump.
public enum WallClock {
  /// Microseconds since 1970 in UTC.
  @inline(__always)
  public static func nowMicroseconds() -> Int64 { cl_realtime_us() }
}
