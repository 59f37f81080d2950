import EventLoop
import Glibc
import Synchronization
import TrackController

/// Kills or stops this process at a boundary between the steps of a deployment; for tests of crashes,
/// and of servers that sleep and wake up.
///
/// `TRACKD_TEST_KILL_AT=<boundary>[:<n>]`, or `TRACKD_TEST_STOP_AT`: when the boundary is reached for
/// the n-th time, by default the first.
struct StepHook: Sendable, Equatable {
  /// What happens there; the raw values are the variables.
  enum Action: String, Sendable, CaseIterable {
    case kill = "TRACKD_TEST_KILL_AT"
    /// Until the process gets SIGCONT.
    case stop = "TRACKD_TEST_STOP_AT"
  }

  private final class Counter: Sendable {
    let left: Atomic<Int>
    init(_ count: Int) { left = Atomic(count) }
  }

  let action: Action
  let boundary: StepBoundary
  private let counter: Counter

  static func == (left: StepHook, right: StepHook) -> Bool { left.counter === right.counter }

  init?(_ action: Action, _ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2, let boundary = StepBoundary(rawValue: String(parts[0])),
      let count = parts.count == 2 ? Int(parts[1]) : 1, count > 0
    else { return nil }
    self.action = action
    self.boundary = boundary
    counter = Counter(count)
  }

  func observe(_ reached: StepBoundary) {
    guard reached == boundary,
      counter.left.subtract(1, ordering: .relaxed).newValue == 0
    else { return }
    switch action {
    case .kill:
      kill(getpid(), SIGKILL)
      SystemThread.sleepForever()
    case .stop:
      kill(getpid(), SIGSTOP)
    }
  }
}
