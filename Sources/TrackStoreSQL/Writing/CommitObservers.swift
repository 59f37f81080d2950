import EventLoop
package import TrackDomain

/// Callbacks that run after each commit. Any thread.
///
/// `@unchecked Sendable`: `observers` and `lastId` are touched under `lock`.
package final class CommitObservers: @unchecked Sendable {
  private let lock = Lock()
  private var observers: [Int: @Sendable () -> Void] = [:]
  private var lastId = 0

  package init() {}

  package func add(_ body: @escaping @Sendable () -> Void) -> CommitObservation {
    let id = lock.withLock {
      lastId += 1
      observers[lastId] = body
      return lastId
    }
    return CommitObservation { [weak self] in self?.remove(id) }
  }

  private func remove(_ id: Int) {
    // Outside of the lock: what an observer holds goes with it.
    let gone = lock.withLock { observers.removeValue(forKey: id) }
    _ = gone
  }

  /// Calls all of them, outside of the lock: an observer may add another.
  package func announce() {
    let called = lock.withLock { observers }
    for observer in called.values { observer() }
  }

  package func removeAll() {
    // Outside of the lock: what an observer holds goes with it.
    let gone = lock.withLock {
      let all = observers
      observers = [:]
      return all
    }
    _ = gone
  }
}
