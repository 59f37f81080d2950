import EventLoop

/// Sends bytes to a server and collects its answer until the server closes.
///
/// `@unchecked Sendable`: confined to its loop after its creation.
final class RawPeer: EventHandler, @unchecked Sendable {
  static let preface: [UInt8] = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
  static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]

  /// HEADERS of a POST to `/` on a stream, with more fields.
  static func request(
    _ fields: [(String, String)] = [], endStream: Bool, stream: UInt8 = 1
  ) -> [UInt8] {
    // POST, http and / of the static table; `:authority: x`; the other fields without indexing.
    var block: [UInt8] = [0x83, 0x86, 0x84, 0x41, 1, UInt8(ascii: "x")]
    for (name, value) in fields {
      block += [0, UInt8(name.utf8.count)] + Array(name.utf8)
      block += [UInt8(value.utf8.count)] + Array(value.utf8)
    }
    return [0, 0, UInt8(block.count), 1, endStream ? 5 : 4, 0, 0, 0, stream] + block
  }

  private let loop: EventLoop
  private let socket: Socket
  private var unsent: [UInt8]
  private var received: [UInt8] = []
  private var buffer = [UInt8](repeating: 0, count: 16 * 1024)
  private var isDone = false
  private let done: CheckedContinuation<[UInt8], any Error>

  /// The server's answer to `bytes` until it closes the connection.
  ///
  /// - Parameter dripping: sent again and again, a few milliseconds apart.
  static func talk(
    _ bytes: [UInt8], dripping: [UInt8] = [], to address: SocketAddress, on loop: EventLoop
  ) async throws -> [UInt8] {
    try await withCheckedThrowingContinuation { done in
      loop.execute {
        do {
          let socket = try Socket(connectingTo: address)
          let peer = RawPeer(socket, bytes, loop, done)
          try loop.add(socket.descriptor, [.readable, .writable], handler: peer)
          if !dripping.isEmpty { peer.drip(dripping) }
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

  private func drip(_ bytes: [UInt8]) {
    loop.schedule(after: .milliseconds(5)) { [weak self] in
      guard let self, !isDone else { return }
      if unsent.isEmpty { _ = try? socket.write(bytes) }
      drip(bytes)
    }
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
