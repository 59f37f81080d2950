import EventLoop

/// Counts a server's connections per loop and knows whether it runs, drains or has ended.
///
/// `@unchecked Sendable`: everything is under the lock.
final class ServerLifecycle: @unchecked Sendable {
  private enum Phase {
    /// Legal next: running, draining.
    case ready
    /// Legal next: draining.
    case running
    /// No connection is accepted any more. Legal next: ended, by `waitUntilEnded`.
    case draining
  }

  private let lock = Lock()
  private var phase = Phase.ready
  private var counts: [Int]
  /// Listeners that still accept.
  private var listeners = 0
  private var waiter: CheckedContinuation<Void, Never>?

  init(loops: Int) {
    counts = Array(repeating: 0, count: loops)
  }

  /// False if the server was shut down before, or runs already.
  func start(listeners: Int) -> Bool {
    lock.withLock {
      guard phase == .ready else { return false }
      phase = .running
      self.listeners = listeners
      return true
    }
  }

  /// True for the call that begins the drain of a running server.
  func beginDrain() -> Bool {
    lock.withLock {
      defer { phase = .draining }
      return phase == .running
    }
  }

  /// Counts a new connection and tells the loop with the fewest; nil above `limit`.
  func addConnection(limit: Int) -> Int? {
    lock.withLock {
      guard counts.reduce(0, +) < limit,
        let fewest = counts.indices.min(by: { counts[$0] < counts[$1] })
      else { return nil }
      counts[fewest] += 1
      return fewest
    }
  }

  func removeConnection(loop: Int) {
    change { counts[loop] -= 1 }
  }

  func listenerStopped() {
    change { listeners -= 1 }
  }

  var connections: Int { lock.withLock { counts.reduce(0, +) } }

  /// Returns when the server drains and nothing is left. For one caller.
  func waitUntilEnded() async {
    await withCheckedContinuation { continuation in
      let isOver = lock.withLock {
        if isEnded { return true }
        waiter = continuation
        return false
      }
      if isOver { continuation.resume() }
    }
  }

  private var isEnded: Bool {
    phase == .draining && listeners == 0 && counts.allSatisfy { $0 == 0 }
  }

  private func change(_ body: () -> Void) {
    let ended: CheckedContinuation<Void, Never>? = lock.withLock {
      body()
      guard isEnded else { return nil }
      defer { waiter = nil }
      return waiter
    }
    ended?.resume()
  }
}
