import Synchronization
import TrackDomain

/// The clock of the database as this server knows it: what it said last, and what has passed on this
/// machine since. So neither a jump of this machine's clock nor a machine that was suspended moves it
/// for long. Any thread.
final class DatabaseClock: Sendable {
  /// Microseconds of this machine's clock.
  let uptime: @Sendable () -> Int64
  /// By how much the database's clock is ahead of it.
  private let lead: Atomic<Int64>

  /// - Parameter time: what the database said just now.
  init(_ time: Timestamp, uptime: @escaping @Sendable () -> Int64) {
    self.uptime = uptime
    lead = Atomic(time.microseconds &- uptime())
  }

  /// Microseconds since 1970.
  var now: Int64 { lead.load(ordering: .relaxed) &+ uptime() }

  /// - Parameters:
  ///   - time: what the database said, in microseconds.
  ///   - asked: `uptime` before it was asked.
  func set(_ time: Int64, asked: Int64) { lead.store(time &- asked, ordering: .relaxed) }
}
