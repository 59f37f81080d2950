import Protobuf
import RPC
import Testing
import Wire

/// The statuses of failures of handlers.
@Suite(.timeLimit(.minutes(2))) struct HandlerErrorsTests {
  private struct Secret: Error {}

  @Test func `an unknown error is UNKNOWN with a fixed message; observers get it`() async throws {
    var echo = TestEcho()
    echo.onUnary = { _, _ in throw Secret() }
    try await TestBed.run(echo) { bed in
      let error = await rpcError { try await bed.echo.unary(StringValue("x")) }
      #expect(error?.code == .unknown)
      #expect(error?.message == "the call failed on the server")
      let summary = await bed.summaries.next()
      #expect(summary?.error is Secret)
      #expect(summary?.message == "the call failed on the server")
    }
  }

  @Test(arguments: StatusCode.allCases.filter { $0 != .ok })
  func `every code arrives`(code: StatusCode) async throws {
    var echo = TestEcho()
    echo.onUnary = { _, _ in throw RPCError(code, "a\nß%") }
    try await TestBed.run(echo) { bed in
      let error = await rpcError { try await bed.echo.unary(StringValue("x")) }
      #expect(error?.code == code && error?.message == "a\nß%")
    }
  }

  @Test func `OK thrown as an error is no OK`() async throws {
    var echo = TestEcho()
    echo.onUnary = { _, _ in throw RPCError(.ok) }
    try await TestBed.run(echo) { bed in
      #expect(await rpcError { try await bed.echo.unary(StringValue("x")) }?.code == .unknown)
    }
  }

  @Test func `details arrive decoded, with the same code as grpc-status`() async throws {
    var info = ErrorInfo()
    info.reason = "QUOTA"
    info.domain = "test"
    info.metadata = ["limit": "2"]
    let thrown = RPCError(.resourceExhausted, "too many", details: [ErrorDetail(info)])
    var echo = TestEcho()
    echo.onUnary = { _, _ in throw thrown }
    try await TestBed.run(echo) { [info] bed in
      let error = await rpcError { try await bed.echo.unary(StringValue("x")) }
      #expect(error?.detail(ErrorInfo.self) == info)
      #expect(error?.detail(BadRequest.self) == nil)
      #expect(error?.details.first?.typeURL == "type.googleapis.com/google.rpc.ErrorInfo")
    }
  }

  @Test func `a failure after messages comes in the trailers`() async throws {
    var echo = TestEcho()
    echo.onExpand = { _, responses, _ in
      try await responses.write(StringValue("one"))
      throw RPCError(.dataLoss, "then nothing")
    }
    try await TestBed.run(echo) { bed in
      let head = RawCall.head.with(":path", "/test.v1.Echo/Expand")
      let response = await RawCall.exchange(bed, head: head, chunks: [frame("x")])
      #expect(response.header("grpc-status") == nil && response.trailer("grpc-status") == "15")
      #expect(response.body == frame("one"))
      var received: [String] = []
      let error = await rpcError {
        try await bed.echo.expand(StringValue("x")) {
          for try await reply in $0 { received.append(reply.value) }
        }
      }
      #expect(received == ["one"] && error?.code == .dataLoss)
    }
  }

  @Test func `a reply over the send limit is RESOURCE_EXHAUSTED`() async throws {
    var limits = RPCLimits()
    limits.maxSendMessageBytes = 10
    try await TestBed.run(limits: limits) { bed in
      let ok = try await bed.echo.unary(StringValue("12345678"))
      #expect(ok.value == "12345678")
      let unary = await rpcError { try await bed.echo.unary(StringValue("123456789")) }
      #expect(unary?.code == .resourceExhausted)
      let stream = await rpcError {
        try await bed.echo.expand(StringValue("123456789")) { for try await _ in $0 {} }
      }
      #expect(stream?.code == .resourceExhausted)
    }
  }
}
