import EventLoop
import Synchronization

/// The contexts and listeners of a server while it runs, for threads that stop it or look at it.
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

  /// The contexts of the loops; empty when it does not run.
  var current: [ConnectionContext] { lock.withLock { contexts } }

  /// Each on its own loop.
  func forEachContext(_ body: @escaping @Sendable (ConnectionContext) -> Void) {
    for context in current {
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
