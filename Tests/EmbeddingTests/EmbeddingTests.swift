import EventLoop
import Protobuf
import RPC
import RPCHTTP2
import RPCInProcess
import RPCServices
import TestMessages
import Testing

/// Generated services and clients of all four kinds of calls, as other packages use them: public
/// declarations only, over both transports, with the language's default settings (this target sets
/// no others).
@Suite(.timeLimit(.minutes(2))) struct EmbeddingTests {
  enum Wire: CaseIterable { case sockets, memory }

  @Test(arguments: Wire.allCases) func `one for one`(wire: Wire) async throws {
    try await withEcho(over: wire) { echo in
      var request = Everything()
      request.oneLeaf = Leaf(number: 7)
      let response = try await echo.say(request)
      #expect(response == request)
    }
  }

  @Test(arguments: Wire.allCases) func `a client's stream`(wire: Wire) async throws {
    try await withEcho(over: wire) { echo in
      let response = try await echo.collect { requests in
        for number: Int32 in 1...100 { try await requests.write(Leaf(number: number)) }
      }
      #expect(response.oneLeaf?.number == 5050)
    }
  }

  @Test(arguments: Wire.allCases) func `a server's stream`(wire: Wire) async throws {
    try await withEcho(over: wire) { echo in
      try await echo.expectNumbers(below: 100)
    }
  }

  @Test(arguments: Wire.allCases) func `a talk by turns`(wire: Wire) async throws {
    try await withEcho(over: wire) { echo in
      try await echo.expectTalk(rounds: 20)
    }
  }

  @Test(arguments: Wire.allCases) func `an error with its details`(wire: Wire) async throws {
    try await withEcho(over: wire) { echo in
      let error = await #expect(throws: RPCError.self) { try await echo.default(Empty()) }
      #expect(error?.code == .failedPrecondition)
      #expect(error?.message == "nothing is the default — not here")
      #expect(error?.detail(ErrorInfo.self)?.reason == "NO_DEFAULT")
    }
  }

  @Test(arguments: Wire.allCases) func `an interceptor that refuses`(wire: Wire) async throws {
    try await withEcho(over: wire) { echo in
      var metadata = Metadata()
      try metadata.add("password", "secret")
      let error = await #expect(throws: RPCError.self) {
        try await echo.say(Everything(), options: CallOptions(metadata: metadata))
      }
      #expect(error?.code == .permissionDenied)
    }
  }

  private func withEcho(
    over wire: Wire, _ body: (EchoClient) async throws -> Void
  ) async throws {
    let loops = try EventLoopGroup(count: 2)
    let (accepting, calling) = try transports(of: wire, loops)
    let health = HealthService(HealthRegistry(services: [EchoMethods.service]))
    let server = RPCServer(
      transports: [accepting], services: [EchoService(), health], interceptors: [Doorkeeper()])
    let client = RPCClient(transport: calling)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      group.addTask { try await client.run() }
      try await body(EchoClient(client))
      client.beginGracefulShutdown()
      server.beginGracefulShutdown()
      try await group.waitForAll()
    }
    await loops.shutdown()
  }

  private func transports(
    of wire: Wire, _ loops: EventLoopGroup
  ) throws -> (any ServerTransport, any ClientTransport) {
    switch wire {
    case .sockets:
      let loopback = try #require(SocketAddress("127.0.0.1:0"))
      let server = try HTTP2ServerTransport(addresses: [loopback], loops: [loops.loops[0]])
      let address = server.listeningAddresses[0]
      return (server, HTTP2ClientTransport(address: address, loop: loops.loops[1]))
    case .memory:
      let transport = InProcessTransport(executor: InProcessLoop())
      return (transport.server, transport.client)
    }
  }
}
