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
  private let observer: (any ConnectionObserver)?
  private let accepted: (Socket) -> Void
  private var isWatched = false
  private var isStopped = false

  init(
    _ socket: ListeningSocket, on loop: EventLoop, backoff: Duration,
    observer: (any ConnectionObserver)?, accepted: @escaping @Sendable (Socket) -> Void
  ) {
    self.socket = socket
    self.loop = loop
    self.backoff = backoff
    self.observer = observer
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

  /// Hands over the connections that wait in the queue, then stops listening. On the loop.
  func stop() {
    guard !isStopped else { return }
    acceptWaiting()
    isStopped = true
    unwatch()
    socket.close()
  }

  func ready(_ events: Readiness) {
    acceptWaiting()
  }

  private func acceptWaiting() {
    do {
      for _ in 0..<Self.maxAccepts {
        guard let socket = try socket.accept() else { return }
        accepted(socket)
      }
    } catch {
      pause(error)
    }
  }

  /// Stops watching for a while: the connection that could not be accepted stays in the queue, and
  /// epoll would report it again at once.
  private func pause(_ error: SystemError) {
    observer?.connectionEvent(.acceptFailed(error))
    unwatch()
    loop.schedule(after: backoff) { [weak self] in self?.start() }
  }

  private func unwatch() {
    if isWatched { loop.remove(socket.descriptor) }
    isWatched = false
  }
}
