import EventLoop
import RPC
import Testing

@testable import RPCHTTP2

@Suite(.timeLimit(.minutes(2))) struct RoundRobinTests {
  private func options(_ resolver: ScriptedResolver) -> ChannelOptions {
    var options = ChannelOptions()
    options.resolver = resolver
    options.loadBalancing = .roundRobin
    options.minResolutionInterval = .milliseconds(5)
    return options
  }

  private func connections(_ channel: HTTP2Channel) async -> Int {
    await channel.info().connections.filter { $0.phase == .serving }.count
  }

  /// Three servers at Unix sockets.
  private func withServers(_ body: ([ServerFixture]) async throws -> Void) async throws {
    func one() -> [SocketAddress] { [.unix(path: ServerFixture.temporaryPath())] }
    try await ServerFixture.run(listen: one()) { a in
      try await ServerFixture.run(listen: one()) { b in
        try await ServerFixture.run(listen: one()) { c in try await body([a, b, c]) }
      }
    }
  }

  @Test func `all servers get the same number of calls`() async throws {
    try await withServers { servers in
      let resolver = ScriptedResolver(servers.map(\.address))
      try await withChannel(to: "tracks", options: options(resolver)) { channel, loop, events in
        #expect(await channel.call("/unary", on: loop, body: [[1]]).body == [1])
        try await wait { await connections(channel) == 3 }
        let before = servers.map { $0.handler.opened.current.count }
        for _ in 0..<30 { #expect(await channel.call("/unary", on: loop, body: [[1]]).body == [1]) }
        let after = servers.map { $0.handler.opened.current.count }
        #expect(zip(after, before).map { $0 - $1 } == [10, 10, 10])
        #expect(events.current == [.connected, .connected, .connected])
      }
    }
  }

  @Test func `a server that dies gets no calls, and gets them again when it comes back`()
    async throws
  {
    let address = SocketAddress.unix(path: ServerFixture.temporaryPath())
    try await withServers { servers in
      let resolver = ScriptedResolver([address] + servers.prefix(2).map(\.address))
      try await withChannel(
        to: "tracks", backoff: ChannelTests.quick, options: options(resolver)
      ) { channel, loop, _ in
        for _ in 0..<2 {
          try await ServerFixture.run(listen: [address]) { mortal in
            // It is found without a call having to fail.
            while mortal.handler.opened.current.count < 3 {
              let reply = await channel.call("/unary", on: loop, body: [[1]])
              #expect(reply.body == [1])
            }
            try await wait { await connections(channel) == 3 }
          }
          try await wait { await connections(channel) == 2 }
          for _ in 0..<10 {
            #expect(await channel.call("/unary", on: loop, body: [[1]]).body == [1])
          }
        }
        #expect(resolver.lookups.current > 1)
      }
    }
  }

  @Test func `connections follow the list of addresses`() async throws {
    try await withServers { servers in
      let resolver = ScriptedResolver([servers[0].address])
      try await withChannel(to: "tracks", options: options(resolver)) { channel, loop, _ in
        channel.connect()
        try await wait { await connections(channel) == 1 }
        await resolver.push(servers.map(\.address))
        try await wait { await connections(channel) == 3 }
        // Of the servers that leave, one has a call in progress: it finishes.
        async let held = channel.call("/wait", on: loop, body: [[1]])
        try await wait { servers.contains { $0.handler.opened.current == ["/wait"] } }
        let busy = try #require(servers.first { !$0.handler.opened.current.isEmpty })
        let kept = try #require(servers.first { $0.address != busy.address })
        await resolver.push([kept.address])
        try await wait { await connections(channel) == 1 }
        for _ in 0..<5 { #expect(await channel.call("/unary", on: loop, body: [[2]]).body == [2]) }
        #expect(kept.handler.opened.current.count == 5)
        busy.handler.release()
        #expect(await held.body == [1])
      }
    }
  }

  @Test func `when all have failed calls fail, until one is back`() async throws {
    let addresses = (0..<2).map { _ in SocketAddress.unix(path: ServerFixture.temporaryPath()) }
    let resolver = ScriptedResolver(addresses)
    try await withChannel(
      to: "tracks", backoff: ChannelTests.quick, options: options(resolver)
    ) { channel, loop, _ in
      let reply = await channel.call("/unary", on: loop)
      guard case .connectionLost(let reason) = reply.reason else {
        Issue.record("\(reply.reason)")
        return
      }
      #expect(reason.contains("No such file"))
      #expect(await channel.state == .transientFailure)
      try await ServerFixture.run(listen: [addresses[1]]) { _ in
        let reply = await channel.call("/unary", on: loop, body: [[1]], waitsForReady: true)
        #expect(reply.body == [1])
      }
    }
  }

  @Test func `a server that ends each connection at once is not asked in a circle`() async throws {
    let serverLoop = try EventLoop(name: "server")
    // SETTINGS and GOAWAY, NO_ERROR.
    let goodbye: [UInt8] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    let server = try RawServer(on: serverLoop, .saysAndCloses(RawPeer.settings + goodbye))
    let resolver = ScriptedResolver([server.address])
    try await withChannel(to: "tracks", options: options(resolver)) { channel, loop, events in
      channel.connect()
      try await wait { events.current.contains(.connected) }
      try await wait { await channel.info().connections.isEmpty }
      // The next attempt is an hour away.
      #expect(await channel.state == .connecting)
      #expect(server.accepted.current == 1)
    }
    await server.stop()
    await serverLoop.shutdown()
  }
}
