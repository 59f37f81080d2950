import EventLoop
import Protobuf
import RPC
import RPCHTTP2
import RPCServices
import Synchronization
import TestMessages
import Testing

/// A server that forwards what it does not serve itself to another one, over sockets.
@Suite(.timeLimit(.minutes(2))) struct ForwardingTests {
  /// Echo, which sends metadata back and may wait for ever.
  private struct Backend: EchoServer {
    let echo = EchoService()
    let cancelled: AsyncStream<Void>.Continuation

    func say(_ request: Everything, context: ServerContext) async throws -> Everything {
      var metadata = Metadata()
      try metadata.add("seen", context.metadata["sent"] ?? "nothing")
      try metadata.addBinary("deadline-bin", [context.deadline == nil ? 0 : 1])
      await context.setInitialMetadata(metadata)
      var trailing = Metadata()
      try trailing.add("last", "words")
      await context.setTrailingMetadata(trailing)
      return request
    }

    func collect(
      _ requests: RequestStream<Leaf>, context: ServerContext
    ) async throws -> Everything {
      try await echo.collect(requests, context: context)
    }

    func spread(
      _ request: Everything, responses: ResponseWriter<Leaf>, context: ServerContext
    ) async throws {
      try await echo.spread(request, responses: responses, context: context)
    }

    func chat(
      _ requests: RequestStream<Leaf>, responses: ResponseWriter<Leaf>, context: ServerContext
    ) async throws {
      do {
        try await echo.chat(requests, responses: responses, context: context)
      } catch {
        cancelled.finish()
        throw error
      }
    }

    func `default`(_ request: Empty, context: ServerContext) async throws -> Imported {
      try await echo.default(request, context: context)
    }
  }

  /// Calls the backend through the proxy.
  private func run(
    _ body: (RPCClient, _ cancelled: AsyncStream<Void>) async throws -> Void
  ) async throws {
    let loops = try EventLoopGroup(count: 3)
    let loopback = try #require(SocketAddress("127.0.0.1:0"))
    let (cancelled, continuation) = AsyncStream<Void>.makeStream()
    let behind = try HTTP2ServerTransport(addresses: [loopback], loops: [loops.loops[0]])
    let backend = RPCServer(transports: [behind], services: [Backend(cancelled: continuation)])
    let forwarding = RPCClient(
      transport: HTTP2ClientTransport(
        address: behind.listeningAddresses[0], loop: loops.loops[1]))
    let front = try HTTP2ServerTransport(addresses: [loopback], loops: [loops.loops[1]])
    let proxy = RPCServer(
      transports: [front], services: [HealthService(HealthRegistry())],
      unregisteredMethods: ForwardingHandler(to: forwarding))
    let client = RPCClient(
      transport: HTTP2ClientTransport(address: front.listeningAddresses[0], loop: loops.loops[2]))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await backend.serve() }
      group.addTask { try await forwarding.run() }
      group.addTask { try await proxy.serve() }
      group.addTask { try await client.run() }
      do { try await body(client, cancelled) } catch { Issue.record(error) }
      client.beginGracefulShutdown()
      proxy.beginGracefulShutdown()
      forwarding.beginGracefulShutdown()
      backend.beginGracefulShutdown()
      try await group.waitForAll()
    }
    await loops.shutdown()
  }

  @Test func `one for one, with metadata and the deadline`() async throws {
    try await run { client, _ in
      var request = Everything()
      request.oneLeaf = Leaf(number: 7)
      var options = CallOptions(timeout: .seconds(60))
      try options.metadata.add("sent", "by the client")
      let initial = Mailbox()
      let trailing = Mailbox()
      options.onInitialMetadata = { initial.put($0) }
      options.onTrailingMetadata = { trailing.put($0) }
      let response = try await EchoClient(client).say(request, options: options)
      #expect(response == request)
      #expect(initial.metadata["seen"] == "by the client")
      #expect(initial.metadata.binaryValues("deadline-bin") == [[1]])
      #expect(trailing.metadata["last"] == "words")
    }
  }

  @Test func `a client's stream`() async throws {
    try await run { client, _ in
      let response = try await EchoClient(client).collect { requests in
        for number: Int32 in 1...100 { try await requests.write(Leaf(number: number)) }
      }
      #expect(response.oneLeaf?.number == 5050)
    }
  }

  @Test func `a server's stream`() async throws {
    try await run { client, _ in
      try await EchoClient(client).expectNumbers(below: 100)
    }
  }

  @Test func `a talk by turns`() async throws {
    try await run { client, _ in
      try await EchoClient(client).expectTalk(rounds: 20)
    }
  }

  @Test func `an error with its details`() async throws {
    try await run { client, _ in
      let error = await #expect(throws: RPCError.self) {
        try await EchoClient(client).default(Empty())
      }
      #expect(error?.code == .failedPrecondition)
      #expect(error?.message == "nothing is the default — not here")
      #expect(error?.detail(ErrorInfo.self)?.reason == "NO_DEFAULT")
    }
  }

  @Test func `a client that gives up is known behind the proxy`() async throws {
    try await run { client, cancelled in
      try await EchoClient(client).chat { requests, responses in
        try await requests.write(Leaf(number: 1))
        var iterator = responses.makeAsyncIterator()
        _ = try await iterator.next()
      }
      for await _ in cancelled {}
    }
  }

  @Test func `what the server has itself it does not forward`() async throws {
    try await run { client, _ in
      let response = try await RPCServices::HealthClient(client)
        .check(RPCServices::HealthCheckRequest())
      #expect(response.status == .serving)
    }
  }

  @Test(arguments: ["nothing.Service", "a/b", ""])
  func `what neither has is UNIMPLEMENTED`(service: String) async throws {
    try await run { client, _ in
      let method = MethodDescriptor(service: service, method: "Call", kind: .unary)
      let error = await #expect(throws: RPCError.self) {
        let _: Leaf = try await client.unary(method, Leaf(number: 1))
      }
      #expect(error?.code == .unimplemented)
    }
  }

  @Test func `messages go as they are, the empty one too`() async throws {
    try await run { client, _ in
      let empty: [UInt8] = []
      let leaf = Leaf(number: 300).serialized()
      let replies = try await client.rawStreaming(EchoMethods.chat) { writer, responses in
        for message in [empty, leaf] { try await writer.write(message) }
        await writer.finish()
        var replies: [[UInt8]] = []
        for try await reply in responses { replies.append(reply) }
        return replies
      }
      #expect(replies == [empty, leaf])
    }
  }
}

/// Metadata that a loop puts and a test reads.
private final class Mailbox: Sendable {
  private let stored = AtomicLazyReference<Stored>()

  private final class Stored: Sendable {
    let metadata: Metadata
    init(_ metadata: Metadata) { self.metadata = metadata }
  }

  var metadata: Metadata { stored.load()?.metadata ?? Metadata() }

  func put(_ metadata: Metadata) { _ = stored.storeIfNil(Stored(metadata)) }
}
