import Protobuf
import RPC
import RPCInProcess
import Testing
import Wire

/// Clients that disconnect, and servers that stop.
@Suite(.timeLimit(.minutes(2))) struct CancellationTests {
  @Test func `a client's reset cancels the handler, whose slot counts until it returns`()
    async throws
  {
    let (started, cancelled, release) = (Signal(), Signal(), Signal())
    var echo = TestEcho()
    echo.onUnary = { request, _ in
      started.fire()
      await Signal().wait()
      cancelled.fire()
      // Goes on after it is cancelled, as a handler with work to finish would.
      await Task { await release.wait() }.value
      return request
    }
    var limits = RPCLimits()
    limits.maxHandlersInFlight = 1
    try await TestBed.run(echo, limits: limits) { bed in
      let call = RawCall(bed, chunks: [frame("x")])
      await started.wait()
      call.reset()
      #expect(await call.end().closed == .resetLocally)
      await cancelled.wait()
      #expect(await bed.summaries.next()?.code == .cancelled)
      #expect(bed.server.handlersInFlight == 1)
      let refused = await RawCall.exchange(bed, chunks: [frame("x")])
      #expect(refused.status == 8)
      release.fire()
    }
  }

  @Test func `cancelling the caller's task cancels the handler`() async throws {
    let (started, cancelled) = (Signal(), Signal())
    try await TestBed.run(TestEcho.waiting(started, cancelled)) { bed in
      let call = Task { await rpcError { try await bed.echo.unary(StringValue("x")) } }
      await started.wait()
      call.cancel()
      #expect(await call.value?.code == .cancelled)
      await cancelled.wait()
    }
  }

  @Test func `a handler that reads is told that the client is gone`() async throws {
    let (started, told) = (Signal(), Recorder<StatusCode?>())
    var echo = TestEcho()
    echo.onChat = { requests, _, _ in
      var iterator = requests.makeAsyncIterator()
      _ = try await iterator.next()
      started.fire()
      told.add(await rpcError { try await iterator.next() }?.code)
    }
    try await TestBed.run(echo) { bed in
      let head = RawCall.head.with(":path", "/test.v1.Echo/Chat")
      let call = RawCall(bed, head: head, chunks: [frame("x")], keepOpen: true)
      await started.wait()
      call.reset()
      #expect(await told.take(1) == [.cancelled])
    }
  }

  @Test func `leaving a stream early cancels its handler`() async throws {
    let ended = Signal()
    var echo = TestEcho()
    echo.onExpand = { _, responses, _ in
      defer { ended.fire() }
      while true { try await responses.write(StringValue("again")) }
    }
    try await TestBed.run(echo) { bed in
      let first = try await bed.echo.expand(StringValue("x")) { responses in
        var iterator = responses.makeAsyncIterator()
        return try await iterator.next()?.value
      }
      #expect(first == "again")
      await ended.wait()
    }
  }

  @Test func `what the caller's closure throws ends the call and comes out`() async throws {
    struct Mine: Error {}
    let started = Signal()
    var echo = TestEcho()
    echo.onCollect = { requests, _ in
      started.fire()
      for try await _ in requests {}
      return StringValue("unwanted")
    }
    try await TestBed.run(echo) { bed in
      await #expect(throws: Mine.self) {
        _ = try await bed.echo.collect { _ in
          await started.wait()
          throw Mine()
        }
      }
      #expect(await bed.summaries.next()?.code == .cancelled)
    }
  }

  @Test func `a reply before the end of the request is what the caller gets`() async throws {
    var echo = TestEcho()
    echo.onCollect = { _, _ in StringValue("enough") }
    try await TestBed.run(echo, window: 1 << 10, watermark: 1 << 10) { bed in
      let reply = try await bed.echo.collect { requests in
        while true { try await requests.write(StringValue(String(repeating: "x", count: 500))) }
      }
      #expect(reply.value == "enough")
    }
  }

  @Test func `cancelling serve ends all calls and waits for their handlers`() async throws {
    let (started, ended) = (Signal(), Signal())
    let echo = TestEcho.waiting(started, ended)
    let loop = InProcessLoop()
    defer { loop.shutdown() }
    let transport = InProcessTransport(executor: loop)
    let server = RPCServer(transports: [transport.server], services: [echo])
    let client = EchoClient(RPCClient(transport: transport.client))
    let serving = Task { try await server.serve() }
    let call = Task { await rpcError { try await client.unary(StringValue("x")) } }
    await started.wait()
    serving.cancel()
    try await serving.value
    #expect(server.handlersInFlight == 0)
    await ended.wait()
    #expect(await call.value?.code == .unavailable)
  }

  @Test func `draining lets the call in flight finish and takes no new one`() async throws {
    let (started, release) = (Signal(), Signal())
    var echo = TestEcho()
    echo.onUnary = { request, _ in
      started.fire()
      await release.wait()
      return request
    }
    try await TestBed.run(echo) { bed in
      async let reply = bed.echo.unary(StringValue("x"))
      await started.wait()
      bed.server.beginGracefulShutdown()
      await bed.loop.settle()
      let late = await rpcError { try await bed.echo.unary(StringValue("late")) }
      #expect(late?.code == .unavailable)
      release.fire()
      let found1 = try await reply.value
      #expect(found1 == "x")
    }
  }

  @Test func `a server that was stopped before it serves returns at once`() async throws {
    let loop = InProcessLoop()
    defer { loop.shutdown() }
    let transport = InProcessTransport(executor: loop)
    let server = RPCServer(transports: [transport.server], services: [TestEcho()])
    server.beginGracefulShutdown()
    server.beginGracefulShutdown()
    try await server.serve()
    // The server has ended, and takes no more calls.
    let client = EchoClient(RPCClient(transport: transport.client))
    let error = await rpcError { try await client.unary(StringValue("x")) }
    #expect(error?.code == .unavailable)
    #expect(server.handlersInFlight == 0)
  }
}
