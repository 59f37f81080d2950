import Protobuf
import RPC
import RPCInProcess
import Testing
import Wire

/// Streams that go on after their handler has returned.
@Suite(.timeLimit(.minutes(2))) struct ResponseSinkTests {
  /// Keeps one sink and records its end.
  ///
  /// Sendable because it is used on the call's executor only.
  final class Owner: ResponseSinkOwner, @unchecked Sendable {
    let attached = Signal()
    let told = Signal()
    var sink: ResponseSink<StringValue>?
    var isTold = false
    private var executor: (any CallExecutor)?

    func attach(_ responses: ResponseWriter<StringValue>, _ context: ServerContext) throws {
      executor = context.executor
      sink = try responses.detach(for: self)
      attached.fire()
    }

    func responseEnded() {
      #expect(!isTold)
      isTold = true
      sink = nil
      told.fire()
    }

    /// Runs `body` with the sink, on its executor.
    func use<Value: Sendable>(
      _ body: @escaping @Sendable (Owner) -> Value
    ) async -> Value {
      await withCheckedContinuation { continuation in
        executor?.execute { continuation.resume(returning: body(self)) }
      }
    }
  }

  private func echo(_ owner: Owner) -> TestEcho {
    var echo = TestEcho()
    echo.onExpand = { request, responses, context in
      try await responses.write(request)
      try owner.attach(responses, context)
    }
    return echo
  }

  private static func value(_ text: String) -> EncodedMessage<StringValue> {
    EncodedMessage(StringValue(text))
  }

  @Test func `sends what comes when the handler has returned, and ends with OK`() async throws {
    let owner = Owner()
    try await TestBed.run(echo(owner)) { bed in
      let received = Recorder<String>()
      try await bed.echo.expand(StringValue("first")) { responses in
        for try await response in responses {
          received.add(response.value)
          if response.value == "first" {
            await owner.attached.wait()
            await bed.loop.settle()
            #expect(bed.server.handlersInFlight == 0)
            await owner.use { $0.sink?.send(Self.value("second")) }
          } else {
            await owner.use { $0.sink?.finish() }
          }
        }
      }
      #expect(await received.take(2) == ["first", "second"])
      #expect(await owner.use { $0.isTold } == false)
      let summary = await bed.summaries.next()
      #expect(summary?.code == .ok)
      #expect(summary?.bytesSent == 25)
    }
  }

  @Test func `one encoding is sent on many streams, and an error ends them`() async throws {
    let owners = [Owner(), Owner()]
    var echo = TestEcho()
    echo.onExpand = { request, responses, context in
      try owners[request.value == "0" ? 0 : 1].attach(responses, context)
    }
    try await TestBed.run(echo) { bed in
      let calls = (0..<2).map { index in
        Task {
          var values: [String] = []
          let error = await rpcError {
            try await bed.echo.expand(StringValue("\(index)")) { responses in
              for try await response in responses { values.append(response.value) }
            }
          }
          #expect(error?.code == .outOfRange)
          #expect(error?.message == "too slow")
          return values
        }
      }
      let message = Self.value("both")
      for owner in owners {
        await owner.attached.wait()
        await owner.use {
          $0.sink?.send(message)
          $0.sink?.finish(RPCError(.outOfRange, "too slow"))
          // Without effect after the end.
          $0.sink?.send(message)
          $0.sink?.finish()
        }
      }
      for call in calls { #expect(await call.value == ["both"]) }
    }
  }

  @Test func `the header block leaves when the handler lets go`() async throws {
    let owner = Owner()
    var echo = TestEcho()
    echo.onExpand = { _, responses, context in try owner.attach(responses, context) }
    try await TestBed.run(echo) { bed in
      let call = RawCall(
        bed, head: RawCall.head.with(":path", "/test.v1.Echo/Expand"), chunks: [frame("x")])
      await owner.attached.wait()
      await bed.loop.settle()
      await owner.use { $0.sink?.finish() }
      let response = await call.end()
      #expect(response.headers != nil && !response.isTrailersOnly)
      #expect(response.body.isEmpty)
      #expect(response.status == 0)
    }
  }

  @Test func `the owner is told when the client is gone, and sending does nothing`() async throws {
    let owner = Owner()
    try await TestBed.run(echo(owner)) { bed in
      let first = try await bed.echo.expand(StringValue("x")) { responses in
        var iterator = responses.makeAsyncIterator()
        let value = try await iterator.next()?.value
        await owner.attached.wait()
        return value
      }
      #expect(first == "x")
      await owner.told.wait()
      #expect(await bed.summaries.next()?.code == .cancelled)
    }
  }

  @Test func `the owner is told when the deadline passes`() async throws {
    let owner = Owner()
    try await TestBed.run(echo(owner)) { bed in
      let head = RawCall.head.with(":path", "/test.v1.Echo/Expand").with("grpc-timeout", "1S")
      let call = RawCall(bed, head: head, chunks: [frame("x")])
      await owner.attached.wait()
      bed.loop.advance(by: .seconds(1))
      #expect(await call.end().status == 4)
      await owner.told.wait()
    }
  }

  @Test func `the owner is told when the handler throws after all`() async throws {
    let owner = Owner()
    var echo = TestEcho()
    echo.onExpand = { _, responses, context in
      try owner.attach(responses, context)
      throw RPCError(.aborted, "after all")
    }
    try await TestBed.run(echo) { bed in
      let error = await rpcError {
        try await bed.echo.expand(StringValue("x")) { for try await _ in $0 {} }
      }
      #expect(error?.code == .aborted)
      await owner.told.wait()
    }
  }

  @Test func `a call that is over cannot go on`() async throws {
    let (started, release, refused) = (Signal(), Signal(), Recorder<StatusCode?>())
    let owner = Owner()
    var echo = TestEcho()
    echo.onExpand = { _, responses, context in
      started.fire()
      await Task { await release.wait() }.value
      refused.add(await rpcError { try owner.attach(responses, context) }?.code)
    }
    try await TestBed.run(echo) { bed in
      let head = RawCall.head.with(":path", "/test.v1.Echo/Expand")
      let call = RawCall(bed, head: head, chunks: [frame("x")])
      await started.wait()
      call.reset()
      _ = await call.end()
      release.fire()
      #expect(await refused.take(1) == [.cancelled])
    }
  }
}
