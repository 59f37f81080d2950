import EventLoop
import Glibc
import Synchronization
import TrackController

/// Kills this process at a boundary between the steps of a deployment; for tests of crashes.
///
/// `TRACKD_TEST_KILL_AT=<boundary>[:<n>]`: when the boundary is reached for the n-th time, by
/// default the first.
struct KillHook: Sendable, Equatable {
  private final class Counter: Sendable {
    let left: Atomic<Int>
    init(_ count: Int) { left = Atomic(count) }
  }

  static let variable = "TRACKD_TEST_KILL_AT"

  let boundary: StepBoundary
  private let counter: Counter

  static func == (left: KillHook, right: KillHook) -> Bool { left.counter === right.counter }

  init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2, let boundary = StepBoundary(rawValue: String(parts[0])),
      let count = parts.count == 2 ? Int(parts[1]) : 1, count > 0
    else { return nil }
    self.boundary = boundary
    counter = Counter(count)
  }

  func observe(_ reached: StepBoundary) {
    guard reached == boundary,
      counter.left.subtract(1, ordering: .relaxed).newValue == 0
    else { return }
    kill(getpid(), SIGKILL)
    SystemThread.sleepForever()
  }
}
