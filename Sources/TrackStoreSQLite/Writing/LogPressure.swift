import EventLoop
import Synchronization

/// Whether the log is so long that readers should let go of it, so that it can start anew: nobody
/// waits for them. Any thread.
final class LogPressure: Sendable {
  /// For so long nobody takes a snapshot that outlasts a read, and what is open ends meanwhile.
  /// Where that did not help, somebody outside of this process reads.
  static let restraint = Duration.seconds(6)
  /// How often it is tried again.
  static let period = Duration.seconds(60)

  /// Nanoseconds of the monotonic clock; 0 while the log is short.
  private let since = Atomic<Int64>(0)

  var isHigh: Bool { since.load(ordering: .relaxed) != 0 }

  /// - Returns: whether it was low.
  @discardableResult
  func raise(now: MonotonicTime) -> Bool {
    since.compareExchange(
      expected: 0, desired: max(1, now.nanoseconds), ordering: .relaxed
    ).exchanged
  }

  func lower() { since.store(0, ordering: .relaxed) }

  /// Whether snapshots that outlast a read are not to be taken now.
  func holdsBack(now: MonotonicTime) -> Bool {
    let began = since.load(ordering: .relaxed)
    if began == 0 { return false }
    let elapsed = now - MonotonicTime(nanoseconds: began)
    let (_, nanoseconds) = elapsed.components
    let inPeriod =
      Duration(
        secondsComponent: elapsed.components.seconds % Self.period.components.seconds,
        attosecondsComponent: nanoseconds)
    return inPeriod < Self.restraint
  }
}
