import Protobuf
import RPC
import RPCInProcess
import TestBasics
import Testing
import Wire

/// How a client takes responses, sound and broken.
@Suite(.timeLimit(.minutes(2))) struct ResponsesTests {
  typealias Step = ScriptedServer.Step

  private static let good = ScriptedServer.goodHeaders
  private static let ok: HeaderFields = ["grpc-status": "0"]

  /// The status of a unary call that meets a script, made on the transport's executor and
  /// elsewhere, which must not make a difference; nil is OK.
  private func status(_ script: [Step], options: CallOptions = CallOptions()) async throws
    -> RPCError?
  {
    var statuses: [RPCError?] = []
    try await ScriptedServer.run([script], clock: .manual) { client, _, loop in
      for executor in [nil, loop] {
        let call = Task(executorPreference: executor) {
          await rpcError { try await client.unary(StringValue("x"), options: options) }
        }
        statuses.append(await call.value)
      }
    }
    #expect(statuses[0] == statuses[1])
    return statuses[0]
  }

  @Test func `the request's head is what gRPC asks for`() async throws {
    let script: [Step] = [.headers(Self.good), .data(frame("y")), .trailers(Self.ok)]
    try await ScriptedServer.run([script], clock: .manual) { client, server, _ in
      var options = CallOptions(timeout: .seconds(2))
      try options.metadata.add("a", "1")
      let reply = try await client.unary(StringValue("x"), options: options)
      #expect(reply.value == "y")
      #expect(
        await server.heads.take(1) == [
          [
            ":method": "POST", ":scheme": "http", ":authority": "localhost",
            ":path": "/test.v1.Echo/Unary", "te": "trailers", "content-type": "application/grpc",
            "user-agent": "grpc-swift-rpcstack/1.0", "grpc-timeout": "2000000u", "a": "1",
          ]
        ])
    }
  }

  @Test(arguments: [
    ([Step.headersOnly([":status": "503"])], StatusCode.unavailable),
    ([.headersOnly([":status": "404"])], .unimplemented),
    (
      [.headers([":status": "502", "content-type": "text/html"]), .data([60]), .end], .unavailable
    ),
    ([.headers(good), .end], .unknown),
    ([.headers(good), .data(frame("y")), .end], .unknown),
    ([.headers(good), .data(frame("y")), .trailers([:])], .unknown),
    ([.headers(good), .data(frame("y")), .trailers(["grpc-status": "77"])], .unknown),
    ([.headers(good), .trailers(["grpc-status": "5"])], .notFound),
    ([.headersOnly([":status": "200", "grpc-status": "9"])], .failedPrecondition),
    ([.headers(good), .trailers(ok)], .unimplemented),
    ([.headers(good), .data(frame("y") + frame("z")), .trailers(ok)], .unimplemented),
    ([.headers(good), .data([0, 0, 0]), .trailers(ok)], .internal),
    ([.headers(good), .data(frame("y", flags: 1)), .trailers(ok)], .internal),
    ([.headers(good), .data(frame("y", flags: 2)), .trailers(ok)], .internal),
    ([.headers(good), .data(frame([10, 5, 65])), .trailers(ok)], .internal),
    ([.headers(good), .data(frame("y")), .trailers(["grpc-status": "14"])], .unavailable),
    ([.headers([":status": "200", "content-type": "text/plain"]), .end], .unknown),
    ([.reset(.refused)], .unavailable),
    ([.reset(.cancel)], .cancelled),
    ([.headers(good), .reset(.internalError)], .internal),
    ([.headers(good), .data(frame("y")), .reset(.protocolError)], .internal),
  ])
  func `a response has one status`(script: [Step], code: StatusCode) async throws {
    #expect(try await status(script)?.code == code)
  }

  @Test func `interim responses are skipped`() async throws {
    let script: [Step] = [
      .headers([":status": "103", "link": "x"]), .headers(Self.good), .data(frame("y")),
      .trailers(Self.ok),
    ]
    #expect(try await status(script) == nil)
  }

  @Test func `a message over the client's limit is RESOURCE_EXHAUSTED and resets the stream`()
    async throws
  {
    let script: [Step] = [.headers(Self.good), .data(prefix(length: 101))]
    try await ScriptedServer.run([script], clock: .manual) { client, server, _ in
      var options = CallOptions()
      options.maxReceiveMessageBytes = 100
      let error = await rpcError { try await client.unary(StringValue("x"), options: options) }
      #expect(error?.code == .resourceExhausted)
      #expect(await server.ends.take(1) == [.resetByPeer(code: 8)])
    }
  }

  @Test func `a request over the client's limit is RESOURCE_EXHAUSTED`() async throws {
    var options = CallOptions()
    options.maxSendMessageBytes = 2
    #expect(try await status([], options: options)?.code == .resourceExhausted)
  }

  @Test func `messages before a failure are read first`() async throws {
    let script: [Step] = [
      .headers(Self.good), .data(frame("a") + frame("b")),
      .trailers(["grpc-status": "8", "grpc-message": "no more"]),
    ]
    try await ScriptedServer.run([script], clock: .manual) { client, _, loop in
      var received: [String] = []
      let error = await rpcError {
        try await client.expand(StringValue("x")) { responses in
          await loop.settle()
          for try await response in responses { received.append(response.value) }
        }
      }
      #expect(received == ["a", "b"])
      #expect(error?.code == .resourceExhausted && error?.message == "no more")
    }
  }

  @Test(arguments: [true, false])
  func `the deadline resets the stream`(onLoop: Bool) async throws {
    try await ScriptedServer.run([[.headers(Self.good)]], clock: .manual) { client, server, loop in
      let call = Task(executorPreference: onLoop ? loop : nil) {
        await rpcError {
          try await client.unary(StringValue("x"), options: CallOptions(timeout: .seconds(1)))
        }
      }
      _ = await server.heads.take(1)
      loop.advance(by: .seconds(1))
      #expect(await call.value?.code == .deadlineExceeded)
      #expect(await server.ends.take(1) == [.resetByPeer(code: 8)])
    }
  }

  @Test(arguments: [true, false])
  func `cancelling the task resets the stream`(onLoop: Bool) async throws {
    try await ScriptedServer.run([[]], clock: .manual) { client, server, loop in
      let call = Task(executorPreference: onLoop ? loop : nil) {
        await rpcError { try await client.unary(StringValue("x")) }
      }
      _ = await server.heads.take(1)
      call.cancel()
      #expect(await call.value?.code == .cancelled)
      #expect(await server.ends.take(1) == [.resetByPeer(code: 8)])
    }
  }

  @Test(arguments: [true, false])
  func `a task that is cancelled already makes no call that stays`(onLoop: Bool) async throws {
    try await ScriptedServer.run([[]], clock: .manual) { client, server, loop in
      let go = Signal()
      let call = Task(executorPreference: onLoop ? loop : nil) {
        await go.wait()
        return await rpcError { try await client.unary(StringValue("x")) }
      }
      call.cancel()
      go.fire()
      #expect(await call.value?.code == .cancelled)
    }
  }

  @Test func `a lost connection is UNAVAILABLE`() async throws {
    let loop = InProcessLoop()
    defer { loop.shutdown() }
    let transport = InProcessTransport(executor: loop)
    let server = ScriptedServer([[.headers(Self.good)]])
    let serving = Task { try await transport.server.run(server) }
    let client = EchoClient(RPCClient(transport: transport.client))
    let call = Task { await rpcError { try await client.unary(StringValue("x")) } }
    _ = await server.heads.take(1)
    serving.cancel()
    #expect(await call.value?.code == .unavailable)
    try await serving.value
  }

  @Test(arguments: 0..<60)
  func `random responses end the call`(seed: UInt64) async throws {
    var random = SeededRandom(seed: seed)
    var wire = frame("good") + frame(random.bytes(20))
    for _ in 0..<3 { wire[Int.random(in: 0..<wire.count, using: &random)] ^= 1 }
    let cut = Int.random(in: 0...wire.count, using: &random)
    let script: [Step] = [
      .headers(Self.good), .data(Array(wire[..<cut])), .data(Array(wire[cut...])),
      .trailers(["grpc-status": "\(Int.random(in: -1...18, using: &random))"]),
    ]
    #expect(try await status(script) != nil)
  }
}
