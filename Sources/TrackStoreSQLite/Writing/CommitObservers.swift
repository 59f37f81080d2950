import EventLoop

/// Who is told of commits. Any thread.
///
/// `@unchecked Sendable`: `observers` is touched under `lock`.
final class CommitObservers: @unchecked Sendable {
  private let lock = Lock()
  private var observers: [@Sendable (Int64) -> Void] = []

  func add(_ body: @escaping @Sendable (Int64) -> Void) {
    lock.withLock { observers.append(body) }
  }

  /// Tells all of the newest change, outside of the lock: an observer may add another.
  func announce(_ newestChange: Int64) {
    let told = lock.withLock { observers }
    for observer in told { observer(newestChange) }
  }

  func removeAll() {
    // Outside of the lock: what an observer holds goes with it.
    let gone = lock.withLock {
      let all = observers
      observers = []
      return all
    }
    _ = gone
  }
}
