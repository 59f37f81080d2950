import EventLoop

@testable import TrackRemotes

/// A clock that moves when a task sleeps, and records the pauses.
///
/// `@unchecked Sendable`: everything that changes is touched inside `lock` only.
final class FakeTime: @unchecked Sendable {
  private let lock = Lock()
  private var instant = ContinuousClock.now
  private var slept: [Duration] = []

  var sleeps: [Duration] { lock.withLock { slept } }

  func advance(by duration: Duration) {
    lock.withLock { instant += duration }
  }

  var clock: RemoteClock {
    RemoteClock(
      now: { self.lock.withLock { self.instant } },
      sleep: { duration in
        self.lock.withLock {
          self.instant += duration
          self.slept.append(duration)
        }
      }, random: { 0.5 })
  }
}

/// Values that several tasks report.
///
/// `@unchecked Sendable`: `values` is touched inside `lock` only.
final class Journal<Value: Sendable>: @unchecked Sendable {
  private let lock = Lock()
  private var values: [Value] = []

  func append(_ value: Value) { lock.withLock { values.append(value) } }
  var all: [Value] { lock.withLock { values } }
  var count: Int { all.count }
}
