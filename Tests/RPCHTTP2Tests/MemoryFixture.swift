import EventLoop
import RPC
import Testing

@testable import RPCHTTP2

/// A server's and a client's connection on one loop, over channels in memory, without sockets.
///
/// `@unchecked Sendable`: everything except constants is confined to the loop.
final class MemoryFixture: @unchecked Sendable {
  let loop: EventLoop
  let handler = EchoHandler()
  let server: ConnectionContext
  let client: ConnectionContext
  /// The reason of each end of the server's connection.
  let serverReasons = Box<[String]>([])
  let clientReasons = Box<[String]>([])
  private(set) var channels: (server: MemoryChannel, client: MemoryChannel)
  private var connection: ClientConnection?

  /// Limits that give a busy machine time for many small steps.
  static let patient: ConnectionLimits = {
    var limits = ConnectionLimits()
    limits.handshakeTimeout = .seconds(3600)
    return limits
  }()

  static func run(
    server: MemoryChannel.Script = .init(), client: MemoryChannel.Script = .init(),
    limits: ConnectionLimits = patient, _ body: (MemoryFixture) async throws -> Void
  ) async throws {
    let fixture = try MemoryFixture(server, client, limits)
    do {
      try await body(fixture)
    } catch {
      await fixture.stop()
      throw error
    }
    await fixture.stop()
  }

  private init(
    _ server: MemoryChannel.Script, _ client: MemoryChannel.Script, _ limits: ConnectionLimits
  ) throws {
    loop = try EventLoop(name: "memory")
    self.server = ConnectionContext(
      loop: loop, limits: limits, handler: handler, hostAccounts: HostAccounts())
    self.client = ConnectionContext(loop: loop, limits: limits)
    let (first, second) = MemoryChannel.pair(server, client)
    channels = (first, second)
  }

  /// Opens the server's side.
  func accept() async {
    await see { [serverReasons] fixture in
      do {
        _ = try SilentConnection(fixture.channels.server, in: fixture.server) { _, reason, _ in
          serverReasons.update { $0.append(reason) }
        }
      } catch {
        fixture.channels.server.close()
        serverReasons.update { $0.append("\(error)") }
      }
    }
  }

  /// Opens the client's side.
  func connect() async {
    await see { [clientReasons] fixture in
      let connection = ClientConnection(target: "memory", context: fixture.client)
      connection.onEnd = { reason in clientReasons.update { $0.append(reason) } }
      fixture.connection = connection
      connection.connected(fixture.channels.client)
    }
  }

  func call(_ path: String, body: [UInt8]) async -> Reply {
    await withCheckedContinuation { done in
      loop.execute { [self] in
        let call = ClientCall(consumes: true, done)
        guard let connection else { return call.closed(.unprocessed) }
        let stream = connection.openStream(.request(path), endStream: false, call)
        call.start(stream)
        stream.send(body)
        stream.sendEnd()
      }
    }
  }

  func shutDownClient() async {
    await see { $0.connection?.beginGracefulShutdown() }
  }

  @discardableResult
  func see<R: Sendable>(_ body: @escaping @Sendable (MemoryFixture) -> R) async -> R {
    await withCheckedContinuation { done in
      loop.execute { done.resume(returning: body(self)) }
    }
  }

  func wait(until isSo: @escaping @Sendable (MemoryFixture) -> Bool) async {
    while await !see(isSo) { try? await Task.sleep(for: .milliseconds(1)) }
  }

  private func stop() async {
    await see { fixture in
      fixture.connection?.cancel()
      fixture.server.closeAll("over")
      fixture.client.closeAll("over")
    }
    await loop.shutdown()
  }
}
