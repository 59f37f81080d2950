internal import Foundation
import RPC

/// A thread that runs jobs one after the other, with a clock that can be set by hand: for tests.
///
/// Sendable because all `var`s are guarded by `condition`.
public final class InProcessLoop: InProcessExecutor, @unchecked Sendable {
  /// Where the time comes from.
  public enum Clock: Sendable {
    case system
    /// Stands still but for `advance`.
    case manual
  }

  private enum Work {
    case job(UnownedJob)
    case body(@Sendable () -> Void)
  }

  private struct Timer {
    let due: ContinuousClock.Instant
    let body: @Sendable () -> Void
  }

  private let condition = NSCondition()
  private let clock: Clock
  private var work: [Work] = []
  private var timers: [Timer] = []
  private var manualInstant = ContinuousClock.now
  private var isShutDown = false
  private var thread: Thread?

  /// Starts the thread, which runs until `shutdown`.
  public init(clock: Clock = .system) {
    self.clock = clock
    let thread = Thread { self.runUntilShutdown() }
    self.thread = thread
    thread.start()
  }

  public var isCurrent: Bool { Thread.current === thread }

  public var currentInstant: ContinuousClock.Instant {
    condition.withLock { now }
  }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    add { $0.work.append(.job(job)) }
  }

  public func execute(_ body: @escaping @Sendable () -> Void) {
    add { $0.work.append(.body(body)) }
  }

  public func schedule(after delay: Duration, _ body: @escaping @Sendable () -> Void) {
    add { $0.timers.append(Timer(due: $0.now + delay, body: body)) }
  }

  /// Moves a manual clock on; timers that are due run then, the earliest first.
  public func advance(by duration: Duration) {
    precondition(clock == .manual)
    add { $0.manualInstant += duration }
  }

  /// Ends the thread when its queue is empty. Timers that are not due never run.
  public func shutdown() {
    add { $0.isShutDown = true }
  }

  private var now: ContinuousClock.Instant {
    clock == .manual ? manualInstant : ContinuousClock.now
  }

  private func add(_ change: (InProcessLoop) -> Void) {
    condition.withLock {
      change(self)
      condition.signal()
    }
  }

  private func runUntilShutdown() {
    while let batch = nextBatch() {
      for item in batch {
        switch item {
        case .job(let job): unsafe job.runSynchronously(on: asUnownedTaskExecutor())
        case .body(let body): body()
        }
      }
    }
  }

  /// Waits for work; nil when there will be none.
  private func nextBatch() -> [Work]? {
    condition.lock()
    defer { condition.unlock() }
    while true {
      takeDueTimers()
      if !work.isEmpty {
        defer { work = [] }
        return work
      }
      if isShutDown { return nil }
      if clock == .system, let next = timers.map(\.due).min() {
        let (seconds, attoseconds) = (next - now).components
        let interval = Double(seconds) + Double(attoseconds) / 1e18
        _ = condition.wait(until: Date(timeIntervalSinceNow: interval))
      } else {
        condition.wait()
      }
    }
  }

  private func takeDueTimers() {
    let now = now
    let due = timers.filter { $0.due <= now }.sorted { $0.due < $1.due }
    timers.removeAll { $0.due <= now }
    work += due.map { .body($0.body) }
  }
}
