import EventLoop
import Synchronization

/// What a server has on its loops while it runs, for those who stop it from other threads.
///
/// `@unchecked Sendable`: everything is under the lock.
final class RunningServer: @unchecked Sendable {
  private let lock = Lock()
  private var contexts: [ConnectionContext] = []
  private var listeners: [(Listener, EventLoop)] = []

  func set(contexts: [ConnectionContext], listeners: [(Listener, EventLoop)]) {
    lock.withLock {
      self.contexts = contexts
      self.listeners = listeners
    }
  }

  func clear() {
    set(contexts: [], listeners: [])
  }

  /// Each on its own loop.
  func forEachContext(_ body: @escaping @Sendable (ConnectionContext) -> Void) {
    for context in lock.withLock({ contexts }) {
      context.loop.execute { body(context) }
    }
  }

  /// Each on its own loop.
  func forEachListener(_ body: @escaping @Sendable (Listener) -> Void) {
    for (listener, loop) in lock.withLock({ listeners }) {
      loop.execute { body(listener) }
    }
  }
}
