import EventLoop

/// Waits until one connection attempt has succeeded or failed. Confined to its loop.
final class SocketConnector: EventHandler {
  private let loop: EventLoop
  private var socket: Socket?
  private var timer: EventLoop.Timer?
  private var done: ((Result<Socket, SystemError>) -> Void)?

  /// Starts connecting; `done` is called once, later, on the loop.
  init(
    _ address: SocketAddress, on loop: EventLoop, timeout: Duration,
    _ done: @escaping (Result<Socket, SystemError>) -> Void
  ) {
    self.loop = loop
    self.done = done
    do {
      let socket = try Socket(connectingTo: address)
      self.socket = socket
      try loop.add(socket.descriptor, .writable, handler: self)
      timer = loop.schedule(after: timeout) { self.finish(.timedOut) }
    } catch {
      timer = loop.schedule(after: .zero) { self.finish(error) }
    }
  }

  func ready(_ events: Readiness) {
    guard let socket else { return }
    do {
      try socket.finishConnecting()
      finish(nil)
    } catch {
      finish(error)
    }
  }

  /// Gives up: `done` is not called.
  func cancel() {
    done = nil
    timer?.cancel()
    if let socket { loop.remove(socket.descriptor) }
    socket?.close()
    socket = nil
  }

  private func finish(_ error: SystemError?) {
    guard let done else { return }
    self.done = nil
    timer?.cancel()
    if let socket { loop.remove(socket.descriptor) }
    if let socket, error == nil {
      done(.success(socket))
    } else {
      socket?.close()
      done(.failure(error ?? .timedOut))
    }
    socket = nil
  }
}
