import EventLoop
import HTTP2
import RPC
import Testing

@testable import RPCHTTP2

/// One loop with a server's context, into which tests can look, and clients of it.
///
/// `@unchecked Sendable`: `connections` is confined to the loop.
final class ContextFixture: @unchecked Sendable {
  let loop: EventLoop
  let clientLoop: EventLoop
  let handler = EchoHandler()
  /// Holds the clients' streams until the test ends.
  let streams = Box<[@Sendable () -> Void]>([])
  let context: ConnectionContext
  private let listener: ListeningSocket
  private(set) var connections: [Connection] = []

  static func run(
    _ limits: ConnectionLimits, shares: Int = 1, idlePeers: IdlePeers? = nil,
    _ body: (ContextFixture) async throws -> Void
  ) async throws {
    let fixture = try ContextFixture(limits, shares, idlePeers)
    do {
      try await body(fixture)
    } catch {
      await fixture.stop()
      throw error
    }
    await fixture.stop()
  }

  private init(_ limits: ConnectionLimits, _ shares: Int, _ idlePeers: IdlePeers?) throws {
    loop = try EventLoop(name: "server")
    clientLoop = try EventLoop(name: "client")
    listener = try ListeningSocket(try #require(SocketAddress("127.0.0.1:0")))
    context = ConnectionContext(
      loop: loop, limits: limits, shares: shares, handler: handler, idlePeers: idlePeers,
      hostAccounts: HostAccounts())
  }

  /// A connection of a peer that has not spoken, and the peer's socket.
  ///
  /// - Parameter onClose: gets the reason for the end of the connection.
  func silentPeer(
    _ onClose: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> Socket {
    let peer = try Socket(connectingTo: listener.address)
    var accepted: Socket?
    while accepted == nil {
      accepted = try listener.accept()
      await Task.yield()
    }
    let socket = try #require(accepted)
    await see { context in
      do {
        let channel = SocketChannel(socket, keepAlive: context.limits.tcpKeepAlive)
        _ = try SilentConnection(channel, in: context) { _, reason, _ in onClose(reason) }
      } catch {
        Issue.record(error)
      }
    }
    return peer
  }

  private func stop() async {
    await see { $0.closeAll("over") }
    listener.close()
    await clientLoop.shutdown()
    await loop.shutdown()
  }

  /// The same for a client that is far away.
  ///
  /// - Parameter delay: of each direction.
  func client(
    limits: ConnectionLimits, delay: Duration,
    body: (ContextFixture, HTTP2ClientTransport) async throws -> Void
  ) async throws {
    let proxyLoop = try EventLoop(name: "proxy")
    let proxy = try DelayingProxy(to: listener.address, delay: delay, on: proxyLoop)
    do {
      try await client(limits: limits, at: proxy.address) { try await body(self, $0) }
    } catch {
      Issue.record(error)
    }
    await proxy.stop()
    await proxyLoop.shutdown()
  }

  /// Runs a client's connection while `body` runs, and closes it afterwards.
  ///
  /// - Parameter address: the way to the server, if that is not its own address.
  func client(
    limits: ConnectionLimits = .init(), at address: SocketAddress? = nil,
    _ body: (HTTP2ClientTransport) async throws -> Void
  ) async throws {
    let client = HTTP2ClientTransport(
      address: address ?? listener.address, loop: clientLoop, limits: limits)
    let running = Task { try await client.run() }
    var accepted: Socket?
    while accepted == nil {
      accepted = try listener.accept()
      await Task.yield()
    }
    let socket = try #require(accepted)
    await see { [self] context in
      do {
        let connection = try Connection(.server, in: context)
        connections.append(connection)
        try connection.open(SocketChannel(socket, keepAlive: context.limits.tcpKeepAlive))
      } catch {
        Issue.record(error)
      }
    }
    try await body(client)
    running.cancel()
    _ = await running.result
  }

  /// Runs `body` with the context, on its loop.
  @discardableResult
  func see<R: Sendable>(_ body: @escaping @Sendable (ConnectionContext) -> R) async -> R {
    await withCheckedContinuation { done in
      loop.execute { [context] in done.resume(returning: body(context)) }
    }
  }

  func count(_ what: @escaping @Sendable (ConnectionContext) -> Int) async -> Int {
    await see(what)
  }

  /// Returns when `isSo` holds for the context.
  func wait(until isSo: @escaping @Sendable (ConnectionContext) -> Bool) async {
    while await !see(isSo) { try? await Task.sleep(for: .milliseconds(1)) }
  }
}
