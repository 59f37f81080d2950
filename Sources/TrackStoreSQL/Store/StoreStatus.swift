import EventLoop
package import TrackDomain

/// The state of the store, and who wants to know of it. Any thread.
///
/// `@unchecked Sendable`: `current` and `lossCount` are touched under `lock`, `observers` under `order`.
package final class StoreStatus: @unchecked Sendable {
  private let lock = Lock()
  private var current = StoreState.open
  private var lossCount = 0
  /// Held while observers are called, so that all see the same order; they must not come back here
  /// but for `state`.
  private let order = Lock()
  private var observers: [@Sendable (StoreState) -> Void] = []

  package init() {}

  /// How often the store became unreachable.
  package var losses: Int { lock.withLock { lossCount } }

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

  /// Open becomes unreachable.
  package func lose(_ reason: String) {
    change { $0 == .open ? .unreachable(reason) : nil }
  }

  /// Unreachable becomes open.
  package func regain() {
    change { if case .unreachable = $0 { .open } else { nil } }
  }

  /// All others become closed, and nobody is told anything after it.
  package func close() {
    change { $0 == .closed ? nil : .closed }
  }

  private func change(_ next: (StoreState) -> StoreState?) {
    order.withLock {
      let changed: StoreState? = lock.withLock {
        guard let state = next(current) else { return nil }
        current = state
        if case .unreachable = state { lossCount += 1 }
        return state
      }
      guard let changed else { return }
      for observer in observers { observer(changed) }
      if changed == .closed { observers = [] }
    }
  }
}
