import EventLoop
import Protobuf
import RPC
import Testing

@testable import RPCHTTP2

@Suite(.timeLimit(.minutes(2))) struct ChannelStateTests {
  @Test func `the state goes from idle over connecting to ready, and back to idle`() async throws {
    try await withServer { address in
      try await withChannel(to: address) { channel, _, _ in
        #expect(await channel.state == .idle)
        async let first = channel.waitForStateChange(from: .idle)
        channel.connect()
        // On a busy machine it is ready before anybody has looked.
        #expect([.connecting, .ready].contains(await first))
        // The present state counts, too.
        #expect(await channel.waitForStateChange(from: .idle) != .idle)
        try await wait { await channel.waitForStateChange(from: .connecting) == .ready }
        channel.connect()
        #expect(await channel.info().connections.count == 1)
      } afterServer: { channel in
        #expect(await channel.waitForStateChange(from: .ready) == .idle)
      }
    }
  }

  /// Runs a server that ends before the channel does.
  private func withServer(_ body: (SocketAddress) async throws -> Void) async throws {
    try await body(.unix(path: ServerFixture.temporaryPath()))
  }

  private func withChannel(
    to address: SocketAddress,
    _ body: (HTTP2Channel, EventLoop, Box<[ChannelEvent]>) async throws -> Void,
    afterServer: (HTTP2Channel) async throws -> Void
  ) async throws {
    try await RPCHTTP2Tests.withChannel(to: address) { channel, loop, events in
      try await ServerFixture.run(listen: [address]) { _ in
        try await body(channel, loop, events)
      }
      try await afterServer(channel)
    }
  }

  @Test func `a wait for another state ends with the task, and with the channel`() async throws {
    let loop = try EventLoop(name: "channel")
    let channel = HTTP2Channel(target: "127.0.0.1:1", loop: loop)
    let running = Task { try await channel.run() }
    let waiting = Task { await channel.waitForStateChange(from: .idle) }
    waiting.cancel()
    #expect(await waiting.value == .idle)
    async let last = channel.waitForStateChange(from: .idle)
    channel.beginGracefulShutdown()
    #expect(await last == .shutdown)
    try await running.value
    #expect(await channel.state == .shutdown)
    await loop.shutdown()
  }

  @Test func `a channel without calls closes its connection, and makes another one`() async throws {
    try await ServerFixture.run { fixture in
      var options = ChannelOptions()
      options.idleTimeout = .milliseconds(20)
      // Its name is looked up each time, however soon.
      let resolver = ScriptedResolver([fixture.address])
      options.resolver = resolver
      options.minResolutionInterval = .seconds(3600)
      try await RPCHTTP2Tests.withChannel(
        to: "tracks", options: options
      ) { channel, loop, _ in
        for number in 1...2 {
          #expect(await channel.call("/unary", on: loop, body: [[1]]).body == [1])
          await fixture.waitForEvent(\.isClosed)
          #expect(await channel.state == .idle)
          #expect(fixture.events.current.filter(\.isOpened).count == number)
          #expect(resolver.lookups.current == number)
        }
        // A call that lasts keeps it.
        async let held = channel.call("/wait", on: loop, body: [[1]])
        await fixture.handler.waitUntilOpened(3)
        // A channel on the same loop, which called later, is idle for too long before it is.
        let other = HTTP2Channel(target: "tracks", loop: loop, options: options)
        let running = Task { try await other.run() }
        #expect(await other.call("/unary", on: loop, body: [[1]]).body == [1])
        #expect(await other.waitForStateChange(from: .ready) == .idle)
        #expect(await channel.state == .ready)
        fixture.handler.release()
        #expect(await held.body == [1])
        other.beginGracefulShutdown()
        try await running.value
      }
    }
  }

  @Test func `a call that waits for a connection gets it when there is one`() async throws {
    let address = SocketAddress.unix(path: ServerFixture.temporaryPath())
    try await RPCHTTP2Tests.withChannel(
      to: address, backoff: ChannelTests.quick
    ) { channel, loop, events in
      let waiting = Task {
        await channel.call("/unary", on: loop, body: [[1]], waitsForReady: true)
      }
      try await wait { events.current.count > 3 }
      // Others do not wait.
      #expect(await channel.call("/unary", on: loop).reason != .finished)
      try await ServerFixture.run(listen: [address]) { _ in
        #expect(await waiting.value.body == [1])
      }
    }
  }

  @Test func `a service config chooses for the channel, and makes calls wait`() async throws {
    let config = try ServiceConfig(
      json: """
        {"loadBalancingPolicy": "round_robin", "healthCheckConfig": {"serviceName": "tracks"},
         "methodConfig": [{"name": [{}], "waitForReady": true}]}
        """)
    let options = ChannelOptions(config)
    #expect(options.loadBalancing == .roundRobin)
    #expect(options.healthCheckService == "tracks")
    #expect(ChannelOptions(ServiceConfig()).loadBalancing == .pickFirst)
    #expect(ChannelOptions(ServiceConfig()).healthCheckService == nil)

    let address = SocketAddress.unix(path: ServerFixture.temporaryPath())
    try await RPCHTTP2Tests.withChannel(
      to: address, backoff: ChannelTests.quick
    ) { channel, _, events in
      let client = RPCClient(transport: channel, serviceConfig: config)
      let waiting = Task { try await Self.authority(of: client) }
      try await wait { events.current.count > 3 }
      // The call decides before the config does.
      var impatient = CallOptions()
      impatient.waitForReady = false
      let own = impatient
      let error = await #expect(throws: RPCError.self) {
        let _: StringValue = try await client.unary(Self.method, StringValue(), options: own)
      }
      #expect(error?.code == .unavailable)
      try await ServerFixture.run(listen: [address]) { _ in
        let authority = try await waiting.value
        #expect(authority == "localhost")
      }
    }
  }

  @Test func `a call that waits for a connection has its deadline`() async throws {
    try await RPCHTTP2Tests.withChannel(to: "no-such-host.invalid:1") { channel, _, _ in
      let client = RPCClient(transport: channel)
      var options = CallOptions(timeout: .milliseconds(50))
      options.waitForReady = true
      let error = await #expect(throws: RPCError.self) {
        let _: StringValue = try await client.unary(Self.method, StringValue(), options: options)
      }
      #expect(error?.code == .deadlineExceeded)
      options.waitForReady = false
      options.timeout = .seconds(60)
      let other = await #expect(throws: RPCError.self) {
        let _: StringValue = try await client.unary(Self.method, StringValue(), options: options)
      }
      #expect(other?.code == .unavailable)
      #expect(other?.message.contains("cannot resolve no-such-host.invalid") == true)
    }
  }

  private static let method = MethodDescriptor(service: "test.Any", method: "Any", kind: .unary)

  @Test(arguments: [false, true])
  func `calls that wait for a connection end with the channel`(isCancelled: Bool) async throws {
    let loop = try EventLoop(name: "channel")
    let channel = HTTP2Channel(target: "unix:\(ServerFixture.temporaryPath())", loop: loop)
    let running = Task { try await channel.run() }
    async let waiting = channel.call("/unary", on: loop, body: [[1]], waitsForReady: true)
    try await wait { await channel.state == .transientFailure }
    if isCancelled { running.cancel() } else { channel.beginGracefulShutdown() }
    guard case .connectionLost(let reason) = await waiting.reason else {
      Issue.record("it has not failed")
      return
    }
    #expect(reason.hasSuffix(isCancelled ? "cancelled" : "shut down"))
    try await running.value
    await loop.shutdown()
  }

  @Test(arguments: [false, true])
  func `a call without a running channel says so`(isChannel: Bool) async throws {
    try await ServerFixture.run { fixture in
      let loop = fixture.clientLoop
      let transport: any ClientTransport =
        isChannel
        ? HTTP2Channel(target: ChannelTarget(fixture.address), loop: loop)
        : HTTP2ClientTransport(address: fixture.address, loop: loop)
      let client = RPCClient(transport: transport)
      for _ in 0..<3 {
        let error = await #expect(throws: RPCError.self) {
          let _: StringValue = try await client.unary(Self.method, StringValue())
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.hasSuffix("the channel does not run: call run()") == true)
      }
      // It may run later.
      let running = Task { try await client.run() }
      try await wait {
        await transport.call("/unary", on: loop, body: [[1]]).body == [1]
      }
      client.beginGracefulShutdown()
      try await running.value
      let error = await #expect(throws: RPCError.self) {
        let _: StringValue = try await client.unary(Self.method, StringValue())
      }
      #expect(error?.code == .unavailable)
      #expect(error?.message.hasSuffix("shut down") == true)
    }
  }

  @Test func `calls to a malformed target say what is wrong with it`() async throws {
    try await RPCHTTP2Tests.withChannel(to: "https://tracks") { channel, loop, _ in
      let reply = await channel.call("/unary", on: loop, waitsForReady: true)
      #expect(
        reply.reason
          == .connectionLost("'https://tracks' is no target: there is no scheme 'https'"))
      #expect(await channel.state == .transientFailure)
    }
    let loop = try EventLoop(name: "client")
    let transport = HTTP2ClientTransport(target: "https://tracks", loop: loop)
    await #expect(throws: ChannelTarget.Malformed.self) { try await transport.run() }
    await loop.shutdown()
  }

  @Test(arguments: [
    ("dns:///localhost:", "localhost:"), ("ipv4:127.0.0.1:", "127.0.0.1:"),
    ("localhost:", "localhost:"), ("127.0.0.1:", "127.0.0.1:"),
  ])
  func `requests name the authority of the target`(target: String, authority: String) async throws {
    try await ServerFixture.run { fixture in
      let port = try #require(fixture.address.port)
      try await RPCHTTP2Tests.withChannel(to: "\(target)\(port)") { channel, _, _ in
        let named = try await Self.authority(of: RPCClient(transport: channel))
        #expect(named == "\(authority)\(port)")
        let other = try await Self.authority(
          of: RPCClient(transport: channel, authority: "other"))
        #expect(other == "other")
      }
    }
  }

  @Test func `a server at an abstract socket is reached`() async throws {
    let name = "trackd-\(UInt64.random(in: 0...UInt64.max))"
    try await ServerFixture.run(listen: [.unixAbstract(name: name)]) { fixture in
      #expect(fixture.address == .unixAbstract(name: name))
      try await RPCHTTP2Tests.withChannel(to: "unix-abstract:\(name)") { channel, loop, _ in
        #expect(await channel.call("/peer", on: loop).head["x-peer"] == "unix-abstract:")
        let named = try await Self.authority(of: RPCClient(transport: channel))
        #expect(named == "localhost")
      }
    }
  }

  /// The authority that a server sees.
  private static func authority(of client: RPCClient) async throws -> String {
    var metadata = Metadata()
    try metadata.add("x-path", "/authority")
    let options = CallOptions(metadata: metadata)
    let error = await #expect(throws: RPCError.self) {
      let _: StringValue = try await client.unary(method, StringValue(), options: options)
    }
    return error?.message ?? ""
  }
}
