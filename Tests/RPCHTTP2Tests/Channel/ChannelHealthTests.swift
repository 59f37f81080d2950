import EventLoop
import RPC
import Testing

@testable import RPCHTTP2

@Suite(.timeLimit(.minutes(2))) struct ChannelHealthTests {
  private static let serving = HealthScript.Answer.status(1)
  private static let notServing = HealthScript.Answer.status(2)

  private func options(_ balancing: ServiceConfig.LoadBalancingPolicy = .roundRobin)
    -> ChannelOptions
  {
    var options = ChannelOptions()
    options.loadBalancing = balancing
    options.healthCheckService = "tracks"
    return options
  }

  /// A server with a script, and a channel to it.
  private func run(
    _ answer: HealthScript.Answer, _ options: ChannelOptions,
    _ body: (HealthScript, HTTP2Channel, EventLoop, Box<[ChannelEvent]>) async throws -> Void
  ) async throws {
    let loops = try EventLoopGroup(count: 1)
    let server = try HTTP2ServerTransport(addresses: [ChannelTests.loopback], loops: loops.loops)
    let script = HealthScript(answer)
    let serving = Task { try await server.run(script) }
    try await withChannel(
      to: server.listeningAddresses[0], backoff: ChannelTests.quick, options: options
    ) { channel, loop, events in try await body(script, channel, loop, events) }
    server.beginGracefulShutdown()
    try await serving.value
    await loops.shutdown()
  }

  @Test func `a server gets calls when it says that it serves, and only then`() async throws {
    try await run(Self.notServing, options()) { script, channel, loop, events in
      let refused = await channel.call("/unary", on: loop, body: [[1]])
      guard case .connectionLost(let reason) = refused.reason else {
        Issue.record("\(refused.reason)")
        return
      }
      #expect(reason.hasSuffix("its health is NOT_SERVING"))
      #expect(script.questions.current == [HealthMessages.request(service: "tracks")])

      async let waiting = channel.call("/unary", on: loop, body: [[2]], waitsForReady: true)
      script.say(Self.serving)
      #expect(await waiting.body == [2])
      for status: UInt8 in [2, 3, 0] {
        script.say(.status(status))
        try await wait { await channel.state == .transientFailure }
        #expect(await channel.call("/unary", on: loop).reason != .finished)
        script.say(Self.serving)
        try await wait { await channel.state == .ready }
        #expect(await channel.call("/unary", on: loop, body: [[3]]).body == [3])
      }
      // All on one connection and one call.
      #expect(events.current.filter { $0 == .connected }.count == 1)
      #expect(script.questions.current.count == 1)
    }
  }

  @Test func `a call in progress goes on when its server stops to serve`() async throws {
    try await run(Self.serving, options()) { script, channel, loop, _ in
      async let held = channel.call("/wait", on: loop, body: [[1]])
      await script.echo.waitUntilOpened(1)
      script.say(Self.notServing)
      try await wait { await channel.state == .transientFailure }
      script.echo.release()
      #expect(await held.body == [1])
    }
  }

  @Test func `a server without a health service counts as healthy`() async throws {
    try await run(.ends("12"), options()) { script, channel, loop, events in
      for _ in 0..<3 { #expect(await channel.call("/unary", on: loop, body: [[1]]).body == [1]) }
      #expect(events.current.count == 2)
      guard case .healthUnchecked = events.current.last else {
        Issue.record("\(events.current)")
        return
      }
      #expect(script.questions.current.count == 1)
    }
  }

  @Test(arguments: ["14", "0", "junk"])
  func `a check that ends is made again, and there are no calls meanwhile`(
    status: String
  ) async throws {
    try await run(.ends(status), options()) { script, channel, loop, events in
      let refused = await channel.call("/unary", on: loop, body: [[1]])
      guard case .connectionLost(let reason) = refused.reason else {
        Issue.record("\(refused.reason)")
        return
      }
      #expect(reason.contains("its health check ended: "))
      try await wait { script.questions.current.count > 2 }
      script.say(Self.serving)
      #expect(
        await channel.call("/unary", on: loop, body: [[2]], waitsForReady: true).body == [2])
      script.say(.ends(status))
      try await wait { await channel.state == .transientFailure }
      script.say(Self.serving)
      try await wait { await channel.state == .ready }
      #expect(events.current.filter { $0 == .connected }.count == 1)
    }
  }

  @Test func `pick_first asks nobody`() async throws {
    try await run(Self.notServing, options(.pickFirst)) { script, channel, loop, _ in
      #expect(await channel.call("/unary", on: loop, body: [[1]]).body == [1])
      #expect(script.questions.current.isEmpty)
    }
  }

  @Test func `calls go to the healthy ones of several servers`() async throws {
    let loops = try EventLoopGroup(count: 1)
    let servers = try (0..<2).map { _ in
      try HTTP2ServerTransport(addresses: [ChannelTests.loopback], loops: loops.loops)
    }
    let scripts = [HealthScript(Self.notServing), HealthScript(Self.serving)]
    let serving = zip(servers, scripts).map { pair in Task { try await pair.0.run(pair.1) } }
    var options = options()
    options.resolver = ScriptedResolver(servers.map { $0.listeningAddresses[0] })
    try await withChannel(
      to: "tracks", backoff: ChannelTests.quick, options: options
    ) { channel, loop, _ in
      for healthy in [1, 0, 1] {
        scripts[healthy].say(Self.serving)
        let before = scripts[healthy].echo.opened.current.count
        try await wait {
          let reply = await channel.call("/unary", on: loop, body: [[1]])
          #expect(reply.body == [1])
          return scripts[healthy].echo.opened.current.count > before
        }
        scripts[1 - healthy].say(Self.notServing)
        // Its last words are on their way; then all calls go to the other one.
        try await wait {
          let before = scripts[1 - healthy].echo.opened.current.count
          for _ in 0..<4 { _ = await channel.call("/unary", on: loop, body: [[1]]) }
          return scripts[1 - healthy].echo.opened.current.count == before
        }
      }
    }
    for server in servers { server.beginGracefulShutdown() }
    for serving in serving { try await serving.value }
    await loops.shutdown()
  }
}
