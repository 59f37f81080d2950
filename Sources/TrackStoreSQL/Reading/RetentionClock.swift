/// Measures how long rows are kept: microseconds for which trackd has run on the database, machines
/// that sleep included, downtime not. No change of the time of day moves it.
package struct RetentionClock: Sendable {
  private let uptime: @Sendable () -> Int64
  /// What the clock had when the store was opened, less the uptime at that time.
  private let base: Int64

  /// - Parameters:
  ///   - elapsed: as the database has it.
  ///   - uptime: microseconds of a clock that never jumps.
  package init(elapsed: Int64, uptime: @escaping @Sendable () -> Int64) {
    self.uptime = uptime
    base = elapsed &- uptime()
  }

  /// - Parameter now: microseconds of a clock that somebody else keeps.
  package init(now: @escaping @Sendable () -> Int64) {
    uptime = now
    base = 0
  }

  /// Never before the beginning.
  package var now: Int64 { max(0, base &+ uptime()) }

  /// What was kept from before this on has been kept for long enough. Nothing is, while the clock
  /// has run for less.
  package func limit(_ retention: Duration) -> Int64 { Self.limit(retention, at: now) }

  /// The same at another time.
  package static func limit(_ retention: Duration, at now: Int64) -> Int64 {
    let (seconds, attoseconds) = retention.components
    let microseconds = seconds.multipliedReportingOverflow(by: 1_000_000)
    if microseconds.overflow { return .min }
    return now &- microseconds.partialValue &- attoseconds / 1_000_000_000_000
  }
}

/// Notices that the time of day was changed: it and the uptime have moved apart between two looks.
package struct ClockJumps {
  /// A time server slews or steps a clock by less.
  package static let tolerance: Int64 = 5_000_000

  private var offset: Int64?

  package init() {}

  /// - Returns: by how many microseconds the time of day has jumped, if it has.
  package mutating func look(wall: Int64, uptime: Int64) -> Int64? {
    let now = wall &- uptime
    defer { offset = now }
    guard let offset else { return nil }
    let jump = now &- offset
    return jump.magnitude > UInt64(Self.tolerance) ? jump : nil
  }
}
