import Protobuf
import RPC
import RPCInProcess
import Testing
import Wire

/// Deadlines on a clock that the tests set by hand.
@Suite(.timeLimit(.minutes(2))) struct DeadlineTests {
  @Test func `expired on arrival is answered at once, without a handler`() async throws {
    var echo = TestEcho()
    echo.onUnary = { request, _ in
      Issue.record("the handler ran")
      return request
    }
    try await TestBed.run(echo) { bed in
      let head = RawCall.head.with("grpc-timeout", "0n")
      let response = await RawCall.exchange(bed, head: head, keepOpen: true)
      #expect(response.status == 4 && response.isTrailersOnly)
    }
  }

  @Test func `at the deadline the handler is cancelled and the client told`() async throws {
    let (started, cancelled) = (Signal(), Signal())
    try await TestBed.run(TestEcho.waiting(started, cancelled)) { bed in
      let head = RawCall.head.with("grpc-timeout", "5S")
      let call = RawCall(bed, head: head, chunks: [frame("x")])
      await started.wait()
      bed.loop.advance(by: .seconds(5))
      let response = await call.end()
      #expect(response.status == 4)
      await cancelled.wait()
      #expect(await bed.summaries.next()?.code == .deadlineExceeded)
    }
  }

  @Test func `a deadline passes while the request is still coming`() async throws {
    try await TestBed.run { bed in
      let head = RawCall.head.with("grpc-timeout", "5S")
      let call = RawCall(bed, head: head, chunks: [Array(frame("x").prefix(3))], keepOpen: true)
      await bed.loop.settle()
      bed.loop.advance(by: .seconds(6))
      #expect(await call.end().status == 4)
    }
  }

  @Test(
    "after a slow message the deadline goes on", arguments: [(40, 59, false), (40, 60, true)])
  func slowMessageThenSlowHandler(arrives: Int, waits: Int, isOver: Bool) async throws {
    let (started, cancelled) = (Signal(), Signal())
    try await TestBed.run(TestEcho.waiting(started, cancelled)) { bed in
      // Longer than a message may take, so that the message's timer fires first.
      let head = RawCall.head.with("grpc-timeout", "100S")
      let message = frame("x")
      let call = RawCall(bed, head: head, chunks: [Array(message.prefix(3))], keepOpen: true)
      await bed.loop.settle()
      bed.loop.advance(by: .seconds(arrives))
      call.send(Array(message.dropFirst(3)), end: true)
      await started.wait()
      bed.loop.advance(by: .seconds(waits))
      await bed.loop.settle()
      if !isOver { call.reset() }
      let response = await call.end()
      #expect(response.status == (isOver ? 4 : nil))
      if isOver { #expect(response.message == "the deadline has passed") }
      await cancelled.wait()
    }
  }

  @Test func `the client's own deadline ends the call and resets the stream`() async throws {
    let (started, cancelled) = (Signal(), Signal())
    try await TestBed.run(TestEcho.waiting(started, cancelled)) { bed in
      async let error = rpcError {
        try await bed.echo.unary(StringValue("x"), options: CallOptions(timeout: .seconds(1)))
      }
      await started.wait()
      bed.loop.advance(by: .seconds(1))
      #expect(await error?.code == .deadlineExceeded)
      await cancelled.wait()
    }
  }

  @Test func `a deadline that has passed opens no stream`() async throws {
    try await TestBed.run { bed in
      for timeout in [Duration.zero, .seconds(-1)] {
        let error = await rpcError {
          try await bed.echo.unary(StringValue("x"), options: CallOptions(timeout: timeout))
        }
        #expect(error?.code == .deadlineExceeded)
      }
    }
  }

  @Test func `a handler sees its deadline and can hand it on`() async throws {
    var echo = TestEcho()
    echo.onUnary = { _, context in
      StringValue("\(context.remainingTime == .seconds(10)) \(context.deadline != nil)")
    }
    try await TestBed.run(echo) { bed in
      let options = CallOptions(timeout: .seconds(10))
      let found1 = try await bed.echo.unary(StringValue("x"), options: options).value
      #expect(found1 == "true true")
      let found2 = try await bed.echo.unary(StringValue("x")).value
      #expect(found2 == "false false")
      let deadline = bed.loop.currentInstant + .seconds(10)
      let handedOn = CallOptions(deadline: deadline)
      let found3 = try await bed.echo.unary(StringValue("x"), options: handedOn).value
      #expect(found3 == "true true")
    }
  }

  @Test func `a call that is done before its deadline hears no more of it`() async throws {
    try await TestBed.run { bed in
      let options = CallOptions(timeout: .seconds(1))
      _ = try await bed.echo.unary(StringValue("x"), options: options)
      bed.loop.advance(by: .seconds(2))
      await bed.loop.settle()
      #expect(await bed.summaries.next()?.code == .ok)
    }
  }
}
