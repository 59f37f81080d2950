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
  /// The connections of `counts` that are on their way to their loop. They will be idle there, so
  /// the next connection to a full server can have the place of one.
  private var arriving: [Int]
  /// Listeners that still accept.
  private var listeners = 0
  private var waiter: CheckedContinuation<Void, Never>?

  init(loops: Int) {
    counts = Array(repeating: 0, count: loops)
    arriving = counts
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

  /// The decision on a new connection.
  enum Admission: Equatable {
    /// The loop with the fewest takes it.
    case opened(loop: Int)
    /// The server is full: this loop takes it, and its longest idle connection makes room.
    case replaces(loop: Int)
    /// The server is full of connections that are at work.
    case refused
  }

  /// Connections above the limit that wait until an idle one has made room: what one listener may
  /// accept in a turn.
  static let maxReplacing = 64

  /// Counts a new connection, unless it is refused. It is on its way until `arrived`.
  ///
  /// - Parameter oldestIdle: since when a loop's longest idle connection has been idle, in
  ///   nanoseconds of the monotonic clock; `Int64.max` when it has none.
  func addConnection(limit: Int, oldestIdle: (_ loop: Int) -> Int64) -> Admission {
    lock.withLock {
      let count = counts.reduce(0, +)
      if count < limit, let fewest = counts.indices.min(by: { counts[$0] < counts[$1] }) {
        return .opened(loop: admit(to: fewest))
      }
      guard count < limit + Self.maxReplacing,
        let (loop, since) = counts.indices.map({ ($0, oldestIdle($0)) }).min(by: { $0.1 < $1.1 })
      else { return .refused }
      if since != .max { return .replaces(loop: admit(to: loop)) }
      guard let most = arriving.indices.max(by: { arriving[$0] < arriving[$1] }), arriving[most] > 0
      else { return .refused }
      return .replaces(loop: admit(to: most))
    }
  }

  /// Under the lock.
  private func admit(to loop: Int) -> Int {
    counts[loop] += 1
    arriving[loop] += 1
    return loop
  }

  /// A counted connection has reached its loop, where it is idle now, or closed.
  func arrived(loop: Int) {
    lock.withLock { arriving[loop] -= 1 }
  }

  func removeConnection(loop: Int) {
    change { counts[loop] -= 1 }
  }

  /// - Returns: whether it was the last one.
  func listenerStopped() -> Bool {
    change { listeners -= 1 }
    return lock.withLock { listeners == 0 }
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
