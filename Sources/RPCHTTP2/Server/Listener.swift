import EventLoop

/// Accepts the connections of one address on one loop.
///
/// `@unchecked Sendable`: after its creation it belongs to the loop's thread.
final class Listener: EventHandler, @unchecked Sendable {
  /// Connections accepted in one turn: the loop has other work too.
  private static let maxAccepts = 64

  private let socket: ListeningSocket
  private let loop: EventLoop
  private let backoff: Duration
  private let failed: (SystemError) -> Void
  private let accepted: (Socket) -> Void
  private var isWatched = false
  private var isStopped = false

  init(
    _ socket: ListeningSocket, on loop: EventLoop, backoff: Duration,
    failed: @escaping @Sendable (SystemError) -> Void,
    accepted: @escaping @Sendable (Socket) -> Void
  ) {
    self.socket = socket
    self.loop = loop
    self.backoff = backoff
    self.failed = failed
    self.accepted = accepted
  }

  /// On the loop.
  func start() {
    guard !isStopped else { return }
    do {
      try loop.add(socket.descriptor, .readable, handler: self)
      isWatched = true
    } catch {
      pause(error)
    }
  }

  /// Takes no new connections, hands over those that wait in the queue, and stops listening. On
  /// the loop; once.
  ///
  /// - Parameters:
  ///   - linger: how long clients may take to finish the handshakes that have begun: closing a
  ///     socket resets the connections of its queue.
  ///   - stopped: called on the loop when it has stopped.
  func stop(after linger: Duration, _ stopped: @escaping () -> Void) {
    guard !isStopped else { return }
    socket.shutDoor()
    while acceptWaiting() {}
    guard linger > .zero else { return end(stopped) }
    loop.schedule(after: linger) { self.end(stopped) }
  }

  private func end(_ stopped: () -> Void) {
    while acceptWaiting() {}
    isStopped = true
    unwatch()
    socket.close()
    stopped()
  }

  func ready(_ events: Readiness) {
    _ = acceptWaiting()
  }

  /// - Returns: whether more may wait.
  private func acceptWaiting() -> Bool {
    do {
      for _ in 0..<Self.maxAccepts {
        guard let socket = try socket.accept() else { return false }
        accepted(socket)
      }
      return true
    } catch {
      pause(error)
      return false
    }
  }

  /// Stops watching for a while: the connection that could not be accepted stays in the queue, and
  /// epoll would report it again at once.
  private func pause(_ error: SystemError) {
    failed(error)
    unwatch()
    loop.schedule(after: backoff) { [weak self] in self?.start() }
  }

  private func unwatch() {
    if isWatched { loop.remove(socket.descriptor) }
    isWatched = false
  }
}
