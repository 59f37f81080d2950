import Protobuf
import RPC
import RPCInProcess
import Testing
import Wire

/// Calls that handlers make.
@Suite(.timeLimit(.minutes(2))) struct PropagationTests {
  /// A service whose unary method calls another server, and what that server gets.
  private static func forwarding(
    to client: EchoClient, options: CallOptions = CallOptions(), inChildTask: Bool = false
  ) -> TestEcho {
    var echo = TestEcho()
    echo.onUnary = { request, _ in
      guard inChildTask else { return try await client.unary(request, options: options) }
      async let reply = client.unary(request, options: options)
      return try await reply
    }
    return echo
  }

  /// The `grpc-timeout` of the call that a handler makes whose own has 10 seconds left, or none.
  private func timeout(
    _ options: CallOptions, own: String? = "10S", inChildTask: Bool = false
  ) async throws -> String? {
    var timeout: String?
    try await ScriptedServer.run([ScriptedServer.answer], clock: .manual) { client, server, _ in
      let echo = Self.forwarding(to: client, options: options, inChildTask: inChildTask)
      try await TestBed.run(echo) { bed in
        let head = RawCall.head.with("grpc-timeout", own)
        let response = await RawCall.exchange(bed, head: head, chunks: [frame("x")])
        #expect(response.body == frame("y"))
        timeout = await server.heads.take(1).first?.field("grpc-timeout")
      }
    }
    return timeout
  }

  @Test(arguments: [false, true])
  func `a handler's call has the handler's deadline`(inChildTask: Bool) async throws {
    // The clocks of both loops begin when they are made.
    let text = try #require(try await timeout(CallOptions(), inChildTask: inChildTask))
    let microseconds = try #require(Int(text.dropLast()))
    #expect(text.hasSuffix("u") && (9_000_000...11_000_000).contains(microseconds))
  }

  @Test func `an earlier deadline of its own counts`() async throws {
    let found1 = try await timeout(CallOptions(timeout: .milliseconds(100)))
    #expect(found1 == "100000u")
  }

  @Test func `the call can stand for itself`() async throws {
    var options = CallOptions()
    options.inheritsDeadline = false
    #expect(try await timeout(options) == nil)
  }

  @Test func `a handler without a deadline hands none on`() async throws {
    #expect(try await timeout(CallOptions(), own: nil) == nil)
  }

  @Test func `options can be forwarded by hand, with some of the metadata`() async throws {
    try await ScriptedServer.run([ScriptedServer.answer], clock: .manual) { client, server, _ in
      var echo = TestEcho()
      echo.onUnary = { request, context in
        let options = context.forwardingOptions(metadata: ["a", "b-bin"])
        return try await client.unary(request, options: options)
      }
      try await TestBed.run(echo) { bed in
        let head = RawCall.head.with("a", "1").with("b-bin", "AAA").with("c", "3")
        let response = await RawCall.exchange(bed, head: head, chunks: [frame("x")])
        #expect(response.body == frame("y"))
        let seen = await server.heads.take(1).first
        #expect(seen?.field("a") == "1" && seen?.field("b-bin") == "AAA")
        #expect(seen?.field("c") == nil)
      }
    }
  }

  @Test(arguments: [(nil, 0), ("3", 3), ("-1", 0), ("many", 0)])
  func `a handler sees how often its call was tried`(field: String?, count: Int) async throws {
    var echo = TestEcho()
    echo.onUnary = { _, context in StringValue("\(context.previousAttempts)") }
    try await TestBed.run(echo) { bed in
      let head = RawCall.head.with("grpc-previous-rpc-attempts", field)
      let response = await RawCall.exchange(bed, head: head, chunks: [frame("x")])
      #expect(response.body == frame("\(count)"))
    }
  }

  @Test func `a client that gives up cancels the calls of its handler`() async throws {
    try await ScriptedServer.run([[]], clock: .manual) { client, server, _ in
      try await TestBed.run(Self.forwarding(to: client)) { bed in
        let call = RawCall(bed, chunks: [frame("x")])
        _ = await server.heads.take(1)
        call.reset()
        #expect(await server.ends.take(1) == [.resetByPeer(code: 8)])
      }
    }
  }
}
