import EventLoop

/// Accepts connections and echoes their bytes.
final class Acceptor: EventHandler {
  private let listener: ListeningSocket
  private let loop: EventLoop
  private var echoes: [Echo] = []

  init(_ listener: ListeningSocket, _ loop: EventLoop) {
    self.listener = listener
    self.loop = loop
  }

  func ready(_ events: Readiness) {
    while let socket = try? listener.accept() {
      let echo = Echo(socket, loop)
      echoes.append(echo)
      try? loop.add(socket.descriptor, .readable, handler: echo)
    }
  }

  func stop() {
    loop.remove(listener.descriptor)
    listener.close()
    for echo in echoes { echo.stop() }
  }
}

final class Echo: EventHandler {
  private let socket: Socket
  private let loop: EventLoop
  private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
  private var pending: [UInt8] = []

  init(_ socket: Socket, _ loop: EventLoop) {
    self.socket = socket
    self.loop = loop
  }

  func ready(_ events: Readiness) {
    if events.contains(.readable), pending.isEmpty,
      case .bytes(let count)? = try? socket.read(into: &buffer)
    {
      pending = Array(buffer[..<count])
    }
    guard let sent = try? socket.write(pending) else { return }
    pending.removeFirst(sent)
    try? loop.modify(socket.descriptor, pending.isEmpty ? .readable : .writable)
  }

  func stop() {
    loop.remove(socket.descriptor)
    socket.close()
  }
}

/// Sends a payload and collects as many bytes as it sent.
final class Sender: EventHandler {
  private let socket: Socket
  private let loop: EventLoop
  private let payload: [UInt8]
  private let done: (Result<[UInt8], any Error>) -> Void
  private var sent = 0
  private var received: [UInt8] = []
  private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

  init(
    _ socket: Socket, _ loop: EventLoop, _ payload: [UInt8],
    _ done: @escaping (Result<[UInt8], any Error>) -> Void
  ) {
    self.socket = socket
    self.loop = loop
    self.payload = payload
    self.done = done
  }

  func start() throws {
    try loop.add(socket.descriptor, [.readable, .writable], handler: self)
  }

  func ready(_ events: Readiness) {
    do {
      if sent < payload.count {
        sent += try socket.write(payload, from: sent)
        if sent == payload.count { try loop.modify(socket.descriptor, .readable) }
      }
      if case .bytes(let count) = try socket.read(into: &buffer) {
        received += buffer[..<count]
      }
      if received.count == payload.count { finish(.success(received)) }
    } catch {
      finish(.failure(error))
    }
  }

  private func finish(_ result: Result<[UInt8], any Error>) {
    loop.remove(socket.descriptor)
    socket.close()
    done(result)
  }
}

/// Reports how a connection attempt ends.
final class Connector: EventHandler {
  private let address: SocketAddress
  private let loop: EventLoop
  private let done: CheckedContinuation<SystemError?, Never>
  private var socket: Socket?

  init(
    _ address: SocketAddress, _ loop: EventLoop, _ done: CheckedContinuation<SystemError?, Never>
  ) {
    self.address = address
    self.loop = loop
    self.done = done
  }

  func start() {
    do {
      let socket = try Socket(connectingTo: address)
      self.socket = socket
      try loop.add(socket.descriptor, .writable, handler: self)
    } catch {
      done.resume(returning: error)
    }
  }

  func ready(_ events: Readiness) {
    guard let socket else { return }
    loop.remove(socket.descriptor)
    do {
      try socket.finishConnecting()
      done.resume(returning: nil)
    } catch {
      done.resume(returning: error)
    }
    socket.close()
  }
}
