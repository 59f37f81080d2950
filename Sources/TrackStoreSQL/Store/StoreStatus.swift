import EventLoop
package import TrackDomain

/// The state of the store, and who wants to know of it. Any thread.
///
/// `@unchecked Sendable`: `current` is touched under `lock`, `observers` under `order`.
package final class StoreStatus: @unchecked Sendable {
  private let lock = Lock()
  private var current = StoreState.open
  /// Held while observers are called, so that all see the same order; they must not come back here
  /// but for `state`.
  private let order = Lock()
  private var observers: [@Sendable (StoreState) -> Void] = []

  package init() {}

  package var state: StoreState { lock.withLock { current } }

  package func observe(_ body: @escaping @Sendable (StoreState) -> Void) {
    order.withLock {
      let state = self.state
      if state != .closed { observers.append(body) }
      body(state)
    }
  }

  /// Open becomes failed.
  package func fail(_ reason: String) {
    change { $0 == .open ? .failed(reason) : nil }
  }

  /// Open and failed become closed, and nobody is told anything after it.
  package func close() {
    change { $0 == .closed ? nil : .closed }
  }

  private func change(_ next: (StoreState) -> StoreState?) {
    order.withLock {
      let changed: StoreState? = lock.withLock {
        guard let state = next(current) else { return nil }
        current = state
        return state
      }
      guard let changed else { return }
      for observer in observers { observer(changed) }
      if changed == .closed { observers = [] }
    }
  }
}
