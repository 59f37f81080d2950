import EventLoop

/// Speaks bytes to a server and collects what comes back until the server closes.
///
/// `@unchecked Sendable`: confined to its loop after its creation.
final class RawPeer: EventHandler, @unchecked Sendable {
  static let preface: [UInt8] = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
  static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]

  private let loop: EventLoop
  private let socket: Socket
  private var unsent: [UInt8]
  private var received: [UInt8] = []
  private var buffer = [UInt8](repeating: 0, count: 16 * 1024)
  private var isDone = false
  private let done: CheckedContinuation<[UInt8], any Error>

  /// What the server answers to `bytes` until it closes the connection.
  static func talk(
    _ bytes: [UInt8], to address: SocketAddress, on loop: EventLoop
  ) async throws -> [UInt8] {
    try await withCheckedThrowingContinuation { done in
      loop.execute {
        do {
          let socket = try Socket(connectingTo: address)
          let peer = RawPeer(socket, bytes, loop, done)
          try loop.add(socket.descriptor, [.readable, .writable], handler: peer)
        } catch {
          done.resume(throwing: error)
        }
      }
    }
  }

  private init(
    _ socket: Socket, _ bytes: [UInt8], _ loop: EventLoop,
    _ done: CheckedContinuation<[UInt8], any Error>
  ) {
    self.socket = socket
    self.loop = loop
    self.done = done
    unsent = bytes
  }

  func ready(_ events: Readiness) {
    do {
      if events.contains(.writable), !unsent.isEmpty {
        unsent.removeFirst(try socket.write(unsent))
        if unsent.isEmpty { try loop.modify(socket.descriptor, .readable) }
      }
      if events.contains(.readable) {
        switch try socket.read(into: &buffer) {
        case .bytes(let count): received += buffer[..<count]
        case .wouldBlock: break
        case .end: finish()
        }
      }
    } catch {
      finish()
    }
  }

  private func finish() {
    guard !isDone else { return }
    isDone = true
    loop.remove(socket.descriptor)
    socket.close()
    done.resume(returning: received)
  }
}
