import EventLoop
import RPC
import Testing

@testable import RPCHTTP2

/// The counts of a working server that metrics and channelz will read.
@Suite(.timeLimit(.minutes(2))) struct ConnectionRegistryTests {
  private static let clients = 6
  private static let calls = 40

  /// The load of `count` clients, each with its own connection.
  private static func load(_ fixture: ServerFixture) async throws -> ConnectionCounts {
    try await withThrowingTaskGroup(of: ConnectionCounts.self) { group in
      for number in 0..<clients {
        group.addTask {
          var counts = ConnectionCounts()
          try await fixture.client { client in
            for _ in 0..<calls {
              let body = [UInt8](repeating: 1, count: 1000 * number)
              let reply = await client.call("/echo", on: fixture.clientLoop, body: [body])
              #expect(reply.body.count == body.count)
            }
          } afterwards: { client in
            client.connection.context.counters.add(to: &counts)
          }
          return counts
        }
      }
      return try await group.reduce(into: ConnectionCounts()) { sum, one in
        sum.opened += one.opened
        sum.closed += one.closed
        sum.totals.bytesRead += one.totals.bytesRead
        sum.totals.bytesWritten += one.totals.bytesWritten
        sum.totals.streamsOpened += one.totals.streamsOpened
      }
    }
  }

  @Test func `sums are what clients did, and may be read while they do it`() async throws {
    try await ServerFixture.run { fixture in
      let isOver = Box(false)
      async let done = Self.load(fixture)
      // Two readers at once, while the loops work.
      async let first: Void = Self.read(fixture.server, until: isOver)
      async let second: Void = Self.read(fixture.server, until: isOver)
      let clients = try await done
      isOver.update { $0 = true }
      _ = await (first, second)
      while fixture.server.connections > 0 { await Task.yield() }

      let counts = fixture.server.counts
      #expect(counts.opened == Self.clients && counts.closed == Self.clients)
      #expect(counts.totals.streamsOpened == Self.clients * Self.calls)
      #expect(counts.totals.streamsRefused == 0)
      #expect(counts.totals.streamsOpened == clients.totals.streamsOpened)
      #expect(counts.totals.bytesRead == clients.totals.bytesWritten)
      #expect(counts.totals.bytesWritten == clients.totals.bytesRead)
      #expect(clients.opened == Self.clients && clients.closed == Self.clients)
      #expect(await fixture.server.liveConnections().isEmpty)

      // The observer's events have the same totals, connection by connection.
      let told = fixture.events.current.compactMap(\.totals)
      #expect(told.count == Self.clients)
      #expect(told.map(\.bytesRead).reduce(0, +) == counts.totals.bytesRead)
      #expect(told.map(\.bytesWritten).reduce(0, +) == counts.totals.bytesWritten)
      #expect(told.allSatisfy { $0.streamsOpened == Self.calls })
    }
  }

  /// Reads the registry again and again: its counts never shrink and never exceed the truth.
  private static func read(_ server: HTTP2ServerTransport, until isOver: Box<Bool>) async {
    var last = ConnectionCounts()
    while !isOver.current {
      let infos = await server.liveConnections()
      #expect(infos.count <= clients)
      #expect(Set(infos.map(\.id)).count == infos.count)
      #expect(infos.allSatisfy { $0.peer.hasPrefix("ipv4:127.0.0.1:") && $0.age >= .zero })
      #expect(infos.allSatisfy { $0.totals.streamsOpened <= calls && $0.streams <= 1 })
      let counts = server.counts
      #expect(counts.opened >= last.opened && counts.totals.bytesRead >= last.totals.bytesRead)
      #expect(counts.totals.streamsOpened >= last.totals.streamsOpened)
      last = counts
      await Task.yield()
    }
  }

  @Test func `what is refused is counted apart, and never opened`() async throws {
    try await ServerFixture.run { fixture in
      try await fixture.client { client in
        let path = "/" + String(repeating: "x", count: 10_000)
        _ = await client.call(path, on: fixture.clientLoop)
        _ = await client.call("/unary", on: fixture.clientLoop)
      }
      #expect(fixture.server.counts.totals.streamsRefused == 1)
      #expect(fixture.server.counts.totals.streamsOpened == 1)
    }
  }

  @Test func `nobody has proved anything before the handshake is over`() async throws {
    var script = MemoryChannel.Script()
    script.handshake = [.readable]
    script.isStuck = true
    script.identity = PeerIdentity(certificates: [[1, 2, 3]])
    try await MemoryFixture.run(server: script) { fixture in
      await fixture.accept()
      let infos = await fixture.see { $0.server.infos }
      #expect(infos.map(\.peerIdentity) == [nil])
    }
  }

  @Test func `a live connection tells its phase, its peer and who that has proved to be`()
    async throws
  {
    let identity = PeerIdentity(certificates: [[1, 2, 3]])
    var script = MemoryChannel.Script()
    script.handshake = [.readable, .writable]
    script.identity = identity
    try await MemoryFixture.run(server: script) { fixture in
      await fixture.accept()
      let before = await fixture.see { $0.server.infos }
      #expect(before.map(\.phase) == [.opening])
      await fixture.connect()
      _ = await fixture.call("/unary", body: [1])
      let serving = await fixture.see { $0.server.infos }
      #expect(serving.map(\.phase) == [.serving])
      #expect(serving.map(\.peerIdentity) == [identity])
      #expect(serving.map(\.peer) == ["ipv4:10.0.0.1:1"])
      #expect(serving.map(\.id) == before.map(\.id))
      #expect(serving[0].totals.streamsOpened == 1)
      let draining = await fixture.see { fixture in
        fixture.server.connections[0].beginGracefulShutdown()
        return fixture.server.infos
      }
      #expect(draining.map(\.phase) == [.draining])
    }
  }
}

extension ConnectionEvent {
  fileprivate var totals: ConnectionTotals? {
    if case .closed(_, _, let totals) = self { totals } else { nil }
  }
}
