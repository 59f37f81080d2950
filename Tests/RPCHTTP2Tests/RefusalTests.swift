import EventLoop
import Protobuf
import RPC
import RPCHTTP2
import Testing
import Wire

/// What a transport turns away by itself, and what clients and servers are told of too large header
/// lists.
@Suite(.timeLimit(.minutes(2))) struct RefusalTests {
  private static func until(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
  }

  @Test func `the refusals of a transport are counted by class`() async throws {
    var limits = ConnectionLimits()
    limits.handshakeTimeout = .milliseconds(20)
    try await ServerFixture.run(limits: limits) { fixture in
      #expect(fixture.server.refusals == RefusalCounts())
      let server = fixture.address
      let loop = fixture.clientLoop
      _ = try await RawPeer.talk([UInt8](repeating: 0, count: 64), to: server, on: loop)
      _ = try await RawPeer.talk(Array(RawPeer.preface.prefix(5)), to: server, on: loop)
      let request = RawPeer.request([("connection", "close")], endStream: true)
      _ = try await RawPeer.talk(
        RawPeer.preface + RawPeer.settings + request + [0, 0, 4, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        to: server, on: loop)
      let counts = fixture.server.refusals
      #expect(counts[.badPreface] == 1 && counts[.handshakeTimeout] == 1)
      #expect(counts[.malformedRequest] == 1 && counts[.protocolViolation] == 1)
      #expect(counts.total == 4)
    }
  }

  @Test func `a connection above the limit is counted`() async throws {
    var limits = ConnectionLimits()
    limits.maxConnections = 1
    try await ServerFixture.run(limits: limits) { fixture in
      // The first has a call, so it makes no room.
      try await fixture.client { client in
        let held = Task { await client.call("/wait", on: fixture.clientLoop) }
        await fixture.handler.waitUntilOpened(1)
        _ = try await RawPeer.talk(RawPeer.preface, to: fixture.address, on: fixture.clientLoop)
        #expect(fixture.server.refusals[.tooManyConnections] == 1)
        fixture.handler.release()
        _ = await held.value
      }
    }
  }

  // MARK: Header lists

  private struct Large: RegistrableService {
    static let method = MethodDescriptor(service: "test.Large", method: "Get", kind: .unary)

    func register(in router: inout Router) {
      router.unary(Self.method) { (request: StringValue, context) -> StringValue in
        var metadata = Metadata()
        try metadata.add("x-large", String(repeating: "v", count: 17_000))
        if request.value == "head" { await context.setInitialMetadata(metadata) }
        if request.value == "trailers" { await context.setTrailingMetadata(metadata) }
        return request
      }
    }
  }

  private func withServer(_ body: (RPCClient, RPCServer) async throws -> Void) async throws {
    let loops = try EventLoopGroup(count: 2)
    let transport = try HTTP2ServerTransport(
      addresses: [try #require(SocketAddress("127.0.0.1:0"))], loops: [loops.loops[0]])
    let server = RPCServer(transports: [transport], services: [Large()])
    let serving = Task { try await server.serve() }
    let connection = HTTP2ClientTransport(
      address: transport.listeningAddresses[0], loop: loops.loops[1])
    let running = Task { try await connection.run() }
    try await body(RPCClient(transport: connection), server)
    connection.beginGracefulShutdown()
    try await running.value
    server.beginGracefulShutdown()
    try await serving.value
    await loops.shutdown()
  }

  @Test(arguments: ["head", "trailers"])
  func `a response's header list over the limit is RESOURCE_EXHAUSTED`(part: String) async throws {
    try await withServer { client, _ in
      let error = await #expect(throws: RPCError.self) {
        let request = StringValue.with(part)
        let _: StringValue = try await client.unary(Large.method, request, options: .init())
      }
      #expect(error?.code == .resourceExhausted)
      #expect(error?.message.hasPrefix("the header list has 17") == true)
      #expect(error?.message.hasSuffix("the limit is 16384") == true)
      // The connection goes on.
      let reply: StringValue = try await client.unary(
        Large.method, StringValue.with("small"), options: .init())
      #expect(reply.value == "small")
    }
  }

  @Test func `a request's header list over the limit is RESOURCE_EXHAUSTED`() async throws {
    try await withServer { client, server in
      var options = CallOptions()
      try options.metadata.add("x-large", String(repeating: "v", count: 17_000))
      let large = options
      let error = await #expect(throws: RPCError.self) {
        let _: StringValue = try await client.unary(
          Large.method, StringValue.with("small"), options: large)
      }
      #expect(error?.code == .resourceExhausted)
      #expect(error?.message.hasSuffix("the limit is 16384") == true)
      #expect(server.refusals[.headerListTooLarge] == 1 && server.refusals.total == 1)
    }
  }

  // MARK: Looks

  /// Remembers how late it was called.
  private struct Looker: ServerStreamHandler {
    let looks = Box<[Duration]>([])
    let handler = EchoHandler()

    func streamStarted(
      _ stream: any TransportStream, head: HeaderFields, endStream: Bool
    ) -> any StreamReceiver { handler.streamStarted(stream, head: head, endStream: endStream) }

    func looked(on executor: any CallExecutor, late: Duration) {
      #expect(executor.isCurrent)
      looks.update { $0.append(late) }
    }
  }

  @Test func `a loop with connections tells how late it comes to look after them`() async throws {
    var limits = ConnectionLimits()
    limits.handshakeTimeout = .milliseconds(40)
    let loops = try EventLoopGroup(count: 2)
    let transport = try HTTP2ServerTransport(
      addresses: [try #require(SocketAddress("127.0.0.1:0"))], loops: [loops.loops[0]],
      limits: limits)
    let looker = Looker()
    let serving = Task { try await transport.run(looker) }
    let held = Task {
      try await RawPeer.talk(
        RawPeer.preface + RawPeer.settings, to: transport.listeningAddresses[0],
        on: loops.loops[1])
    }
    await Self.until { looker.looks.current.count >= 3 }
    // The loop has other work for longer than a look's time.
    loops.loops[0].execute { SystemThread.sleep(microseconds: 200_000) }
    await Self.until { looker.looks.current.contains { $0 >= .milliseconds(100) } }
    #expect(looker.looks.current.allSatisfy { $0 >= .zero })
    transport.beginGracefulShutdown()
    try await serving.value
    _ = try? await held.value
    await loops.shutdown()
  }
}

extension StringValue {
  fileprivate static func with(_ value: String) -> StringValue {
    var message = StringValue()
    message.value = value
    return message
  }
}
