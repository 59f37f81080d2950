import EventLoop
import Foundation
import Testing

@testable import RPCHTTP2

/// A server with an `EchoHandler`, on two loops of its own.
struct ServerFixture {
  let server: HTTP2ServerTransport
  let handler = EchoHandler()
  let loops: EventLoopGroup
  let clientLoop: EventLoop
  let events = Box<[ConnectionEvent]>([])
  /// How many events `waitForEvent` has examined.
  private let seen = Box(0)

  var address: SocketAddress { server.listeningAddresses[0] }

  /// Runs a server while `body` runs, and drains it afterwards.
  static func run(
    listen: [SocketAddress]? = nil, limits: ConnectionLimits = .init(),
    _ body: (ServerFixture) async throws -> Void
  ) async throws {
    let fixture = try ServerFixture(listen: listen, limits: limits)
    let running = Task { try await fixture.server.run(fixture.handler) }
    do {
      try await body(fixture)
    } catch {
      try await fixture.stop(running)
      throw error
    }
    try await fixture.stop(running)
  }

  private init(listen: [SocketAddress]?, limits: ConnectionLimits) throws {
    loops = try EventLoopGroup(count: 2)
    clientLoop = try EventLoop(name: "client")
    let log = Observer(events)
    let loopback = try #require(SocketAddress("127.0.0.1:0"))
    server = try HTTP2ServerTransport(
      addresses: listen ?? [loopback], loops: loops.loops, limits: limits, observer: log)
  }

  private func stop(_ running: Task<Void, any Error>) async throws {
    server.beginGracefulShutdown()
    try await running.value
    await loops.shutdown()
    await clientLoop.shutdown()
  }

  /// Runs a client connection while `body` runs.
  func client(
    _ address: SocketAddress? = nil, limits: ConnectionLimits = .init(),
    _ body: (HTTP2ClientTransport) async throws -> Void,
    afterwards: (HTTP2ClientTransport) -> Void = { _ in }
  ) async throws {
    let client = HTTP2ClientTransport(
      exactly: limits, to: address ?? self.address, loop: clientLoop)
    async let running: Void = client.run()
    do {
      try await body(client)
    } catch {
      client.beginGracefulShutdown()
      _ = try? await running
      throw error
    }
    client.beginGracefulShutdown()
    try await running
    afterwards(client)
  }

  /// The same for a test that ends the client itself, by `end`: its calls do not end by themselves.
  func client(
    _ body: (HTTP2ClientTransport) async throws -> Void,
    endedBy end: (Task<Void, any Error>) -> Void
  ) async throws {
    let client = HTTP2ClientTransport(address: address, loop: clientLoop)
    let running = Task { try await client.run() }
    do {
      try await body(client)
    } catch {
      Issue.record(error)
    }
    end(running)
    _ = await running.result
  }

  /// Returns when an event came for which `isMeant` holds and for which no earlier call returned.
  func waitForEvent(_ isMeant: (ConnectionEvent) -> Bool) async {
    while true {
      let isThere = events.update { events in
        guard let index = events[seen.current...].firstIndex(where: isMeant) else { return false }
        seen.update { $0 = index + 1 }
        return true
      }
      if isThere { return }
      await Self.pause("the event did not come")
      if Task.isCancelled { return }
    }
  }

  private static func pause(_ complaint: Comment) async {
    do { try await Task.sleep(for: .milliseconds(1)) } catch { Issue.record(complaint) }
  }

  static func temporaryPath() -> String {
    FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString.prefix(8)).sock")
      .path
  }

  private struct Observer: ConnectionObserver {
    let events: Box<[ConnectionEvent]>
    init(_ events: Box<[ConnectionEvent]>) { self.events = events }
    func connectionEvent(_ event: ConnectionEvent) { events.update { $0.append(event) } }
  }
}
