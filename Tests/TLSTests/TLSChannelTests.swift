import Crypto
import EventLoop
import Testing

@testable import TLS

@Suite(.timeLimit(.minutes(2)))
struct TLSChannelTests {
  /// A client has to write first: nothing comes that would wake it.
  @Test
  func `A client whose handshake waits for its turn begins it when the turn comes`() async throws {
    let listener = try ListeningSocket(try #require(SocketAddress("127.0.0.1:0")))
    let peer = try Socket(connectingTo: listener.address)
    var accepted: Socket?
    while accepted == nil {
      accepted = try listener.accept()
      await Task.yield()
    }
    let server = try #require(accepted)
    let tls = ClientTLS(try TLSClientContext(authorities: []))
    let loop = try EventLoop(name: "client")
    let owner = await withCheckedContinuation { continuation in
      loop.execute {
        let state = TLSLoop(on: loop)
        // Another handshake has used the turn up.
        #expect(state.turns.allow(Other()))
        state.turns.worked(HandshakeTurns.turnTime)
        continuation.resume(returning: Result { try Owner(peer, tls, state, loop) })
      }
    }
    var buffer = [UInt8](repeating: 0, count: 5)
    var count: Socket.ReadResult = .wouldBlock
    while count == .wouldBlock {
      count = try server.read(into: &buffer)
      try await Task.sleep(for: .milliseconds(1))
    }
    #expect(count == .bytes(5))
    // A record of a handshake.
    #expect(buffer.starts(with: [22, 3]))
    let client = try owner.get()
    let failure = await withCheckedContinuation { continuation in
      loop.execute {
        continuation.resume(returning: client.failure)
        client.channel.close()
      }
    }
    #expect(failure == nil)
    listener.close()
    await loop.shutdown()
  }

  private final class Other: HandshakeWaiter {
    let host = PeerHost.unix
    func turnCame() {}
  }

  /// Does with its channel what a connection does: on readiness it goes on with what waits for it,
  /// first in writing, then in reading.
  ///
  /// `@unchecked Sendable`: confined to the loop.
  private final class Owner: EventHandler, @unchecked Sendable {
    let channel: TLSChannel
    private(set) var failure: ChannelError?
    private var writeWaitsFor: Readiness = []
    private var readWaitsFor: Readiness = []

    init(_ socket: Socket, _ tls: ClientTLS, _ state: TLSLoop, _ loop: EventLoop) throws {
      channel = try tls.channel(
        SocketChannel(socket, keepAlive: TCPKeepAlive()), host: "localhost", on: state)
      try channel.open(on: loop, for: self)
      goOn(write: true, read: true)
    }

    func ready(_ events: Readiness) {
      goOn(
        write: !writeWaitsFor.isDisjoint(with: events),
        read: !readWaitsFor.isDisjoint(with: events))
    }

    private func goOn(write: Bool, read: Bool) {
      guard failure == nil else { return }
      do throws(ChannelError) {
        if write, case .part(_, let readiness) = try channel.write([1], from: 0) {
          writeWaitsFor = readiness
        }
        var buffer = [UInt8](repeating: 0, count: 100)
        if read, case .wouldBlock(let readiness) = try channel.read(into: &buffer) {
          readWaitsFor = readiness
        }
        do throws(SystemError) {
          try channel.watch(writeWaitsFor.union(readWaitsFor))
        } catch {
          throw ChannelError(error)
        }
      } catch {
        failure = error
      }
    }
  }
}
