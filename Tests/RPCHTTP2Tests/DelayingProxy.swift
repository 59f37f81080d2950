import EventLoop

/// Hands bytes on between clients and a server, each direction a fixed time later: a long way
/// between them. It takes whatever comes, so that only the windows of HTTP/2 hold anybody back.
///
/// `@unchecked Sendable`: confined to its loop after its creation.
final class DelayingProxy: EventHandler, @unchecked Sendable {
  let address: SocketAddress
  private let loop: EventLoop
  private let listener: ListeningSocket
  private let target: SocketAddress
  private let delay: Duration
  private var ends: [End] = []

  /// One side of a connection through the proxy.
  private final class End: EventHandler {
    let socket: Socket
    private let loop: EventLoop
    private let delay: Duration
    weak var other: End?
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)
    private var unsent: [UInt8] = []
    private var isOver = false

    init(_ socket: Socket, _ loop: EventLoop, _ delay: Duration) throws {
      self.socket = socket
      self.loop = loop
      self.delay = delay
      try loop.add(socket.descriptor, .readable, handler: self)
    }

    func ready(_ events: Readiness) {
      if events.contains(.writable) { flush() }
      guard !isOver, events.contains(.readable) else { return }
      switch try? socket.read(into: &buffer) {
      case .bytes(let count):
        let bytes = Array(buffer[..<count])
        loop.schedule(after: delay) { [weak other = self.other] in other?.send(bytes) }
      case .wouldBlock: break
      case .end, nil:
        let other = self.other
        loop.schedule(after: delay) { [weak other] in other?.close() }
        close()
      }
    }

    private func send(_ bytes: [UInt8]) {
      guard !isOver else { return }
      unsent += bytes
      flush()
    }

    private func flush() {
      guard !isOver else { return }
      guard let count = try? socket.write(unsent) else { return close() }
      unsent.removeFirst(count)
      try? loop.modify(socket.descriptor, unsent.isEmpty ? .readable : [.readable, .writable])
    }

    func close() {
      guard !isOver else { return }
      isOver = true
      loop.remove(socket.descriptor)
      socket.close()
    }
  }

  /// - Parameter delay: of each direction.
  init(to target: SocketAddress, delay: Duration, on loop: EventLoop) throws {
    self.loop = loop
    self.target = target
    self.delay = delay
    listener = try ListeningSocket(SocketAddress("127.0.0.1:0") ?? .unix(path: ""))
    address = listener.address
    loop.execute { [self] in try? loop.add(listener.descriptor, .readable, handler: self) }
  }

  func ready(_ events: Readiness) {
    while let socket = try? listener.accept() {
      guard let there = try? Socket(connectingTo: target),
        let near = try? End(socket, loop, delay), let far = try? End(there, loop, delay)
      else { return socket.close() }
      near.other = far
      far.other = near
      ends += [near, far]
    }
  }

  func stop() async {
    await withCheckedContinuation { done in
      loop.execute { [self] in
        loop.remove(listener.descriptor)
        listener.close()
        for end in ends { end.close() }
        ends = []
        done.resume()
      }
    }
  }
}
