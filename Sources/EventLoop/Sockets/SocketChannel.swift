/// The bytes of a socket as they are, without protection.
public final class SocketChannel: ByteChannel {
  private let socket: Socket
  public let peerAddress: SocketAddress?
  /// Nil before `open` and after `close`.
  private var loop: EventLoop?

  /// - Parameters:
  ///   - socket: connected, and watched by no loop.
  ///   - keepAlive: when it counts as lost because the other side does not answer.
  public init(_ socket: Socket, keepAlive: TCPKeepAlive) {
    self.socket = socket
    peerAddress = socket.peerAddress
    socket.keepAlive(keepAlive)
  }

  public func open(on loop: EventLoop, for handler: any EventHandler) throws(SystemError) {
    try loop.add(socket.descriptor, .readable, handler: handler)
    self.loop = loop
  }

  public func pass(to handler: any EventHandler) { loop?.pass(socket.descriptor, to: handler) }

  public func watch(_ readiness: Readiness) throws(SystemError) {
    try loop?.modify(socket.descriptor, readiness)
  }

  public var isEstablished: Bool { true }
  public var localAddress: SocketAddress? { loop == nil ? nil : socket.localAddress }
  public var peerIdentity: PeerIdentity? { nil }
  public var peerUserID: UInt32? { loop == nil ? nil : socket.peerUserID }
  public var hasPendingInput: Bool { false }
  public var unacknowledgedBytes: Int { loop == nil ? 0 : socket.unacknowledgedBytes }

  public func read(into buffer: inout [UInt8]) throws(ChannelError) -> ChannelRead {
    do throws(SystemError) {
      return switch try socket.read(into: &buffer) {
      case .bytes(let count): .bytes(count)
      case .wouldBlock: .wouldBlock(.readable)
      case .end: .end
      }
    } catch {
      throw ChannelError(error)
    }
  }

  public func write(_ bytes: [UInt8], from start: Int) throws(ChannelError) -> ChannelWrite {
    guard start < bytes.count else { return .all }
    do throws(SystemError) {
      let count = try socket.write(bytes, from: start)
      return start + count == bytes.count ? .all : .part(count, waitsFor: .writable)
    } catch {
      throw ChannelError(error)
    }
  }

  public func write(_ pieces: [ArraySlice<UInt8>]) throws(ChannelError) -> ChannelWrite {
    var rest = pieces[...]
    var total = 0
    while !rest.isEmpty {
      let batch = rest.prefix(Socket.mostPieces)
      do throws(SystemError) {
        let count = try socket.write(batch)
        total += count
        guard count == batch.reduce(0, { $0 + $1.count }) else {
          return .part(total, waitsFor: .writable)
        }
      } catch {
        throw ChannelError(error)
      }
      rest = rest.dropFirst(batch.count)
    }
    return .all
  }

  public func endWriting() -> Readiness {
    socket.shutdownWrite()
    return []
  }

  public func close() {
    loop?.remove(socket.descriptor)
    loop = nil
    socket.close()
  }
}
