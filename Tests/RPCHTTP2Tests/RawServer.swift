import EventLoop

/// Accepts connections, and treats each as `Behaviour` says. Confined to its loop.
///
/// `@unchecked Sendable`: confined to its loop after its creation.
final class RawServer: EventHandler, @unchecked Sendable {
  enum Behaviour: Sendable {
    case closes
    /// Neither reads nor writes.
    case isSilent
    /// Sends these bytes, and goes on reading.
    case says([UInt8])
    /// Sends these bytes, and closes once the client has sent something.
    case saysAndCloses([UInt8])
  }

  private final class Peer: EventHandler {
    let socket: Socket
    var buffer = [UInt8](repeating: 0, count: 4096)
    var onBytes: () -> Void = {}

    init(_ socket: Socket) { self.socket = socket }

    func ready(_ events: Readiness) {
      if let result = try? socket.read(into: &buffer), case .bytes = result { onBytes() }
    }
  }

  let address: SocketAddress
  let accepted = Box(0)
  private let loop: EventLoop
  private let listener: ListeningSocket
  private let behaviour: Behaviour
  private var peers: [Peer] = []

  init(on loop: EventLoop, _ behaviour: Behaviour) throws {
    self.loop = loop
    self.behaviour = behaviour
    listener = try ListeningSocket(SocketAddress("127.0.0.1:0") ?? .unix(path: ""))
    address = listener.address
    loop.execute { [self] in try? loop.add(listener.descriptor, .readable, handler: self) }
  }

  func ready(_ events: Readiness) {
    while let socket = try? listener.accept() {
      accepted.update { $0 += 1 }
      handle(socket)
    }
  }

  private func handle(_ socket: Socket) {
    let peer = Peer(socket)
    switch behaviour {
    case .closes:
      socket.close()
      return
    case .isSilent:
      break
    case .says(let bytes):
      _ = try? socket.write(bytes)
      try? loop.add(socket.descriptor, .readable, handler: peer)
    case .saysAndCloses(let bytes):
      peer.onBytes = { [weak self] in
        _ = try? socket.write(bytes)
        self?.close(socket)
      }
      try? loop.add(socket.descriptor, .readable, handler: peer)
    }
    peers.append(peer)
  }

  /// Stops listening and closes all connections.
  func stop() async {
    await withCheckedContinuation { done in
      loop.execute { [self] in
        loop.remove(listener.descriptor)
        listener.close()
        for peer in peers { close(peer.socket) }
        peers = []
        done.resume()
      }
    }
  }

  private func close(_ socket: Socket) {
    guard socket.descriptor >= 0 else { return }
    loop.remove(socket.descriptor)
    socket.close()
  }
}
