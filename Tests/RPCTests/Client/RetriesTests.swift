import Protobuf
import RPCInProcess
import Testing
import Wire

@testable import RPC

/// Calls that are made again, on whole clients.
@Suite(.timeLimit(.minutes(2))) struct RetriesTests {
  typealias Step = ScriptedServer.Step

  private static let answer = ScriptedServer.answer

  private static func failure(_ fields: HeaderFields = [:]) -> [Step] {
    [.requestEnd, notNow(fields)]
  }

  private static func notNow(_ fields: HeaderFields = [:]) -> Step {
    var block: HeaderFields = [
      ":status": "200", "content-type": "application/grpc", "grpc-status": "14",
      "grpc-message": "not now",
    ]
    for field in fields { block.append(fields.bytes[field.name], fields.bytes[field.value]) }
    return .headersOnly(block)
  }

  private static func config(
    attempts: Int = 3, backoff: String = "0.001s", throttling: String = ""
  ) throws -> ServiceConfig {
    try ServiceConfig(
      json: """
        {"methodConfig": [{"name": [{"service": "test.v1.Echo"}], "retryPolicy": {
          "maxAttempts": \(attempts), "initialBackoff": "\(backoff)", "maxBackoff": "\(backoff)",
          "backoffMultiplier": 1, "retryableStatusCodes": ["UNAVAILABLE"]}}]
          \(throttling)}
        """)
  }

  enum Kind: CaseIterable { case unary, collect, expand, chat }

  /// Makes a call of one kind with the messages `a` and, where it streams, `b`.
  private static func call(
    _ kind: Kind, _ client: EchoClient, options: CallOptions = CallOptions()
  ) async throws -> String {
    switch kind {
    case .unary: return try await client.unary(StringValue("a"), options: options).value
    case .collect:
      return try await client.collect(options: options) { writer in
        try await writer.write(StringValue("a"))
        try await writer.write(StringValue("b"))
      }.value
    case .expand:
      return try await client.expand(StringValue("a"), options: options) { responses in
        var last = ""
        for try await response in responses { last = response.value }
        return last
      }
    case .chat:
      return try await client.chat(options: options) { writer, responses in
        try await writer.write(StringValue("a"))
        try await writer.write(StringValue("b"))
        await writer.finish()
        var last = ""
        for try await response in responses { last = response.value }
        return last
      }
    }
  }

  private static func body(_ kind: Kind) -> [UInt8] {
    switch kind {
    case .unary, .expand: frame("a")
    case .collect, .chat: frame("a") + frame("b")
    }
  }

  @Test(arguments: Kind.allCases)
  func `a call that fails is made again with all that it had sent`(kind: Kind) async throws {
    let scripts = [Self.failure(), Self.failure(), Self.answer]
    try await ScriptedServer.run(scripts, config: try Self.config()) { client, server, _ in
      let found1 = try await Self.call(kind, client)
      #expect(found1 == "y")
      let heads = await server.heads.take(3)
      #expect(heads.map { $0.field("grpc-previous-rpc-attempts") } == [nil, "1", "2"])
      #expect(await server.bodies.take(3) == Array(repeating: Self.body(kind), count: 3))
    }
  }

  @Test(arguments: Kind.allCases)
  func `what the server refuses unseen is made again at once, without a policy`(
    kind: Kind
  ) async throws {
    let scripts = [[Step.reset(.refused)], Self.answer]
    try await ScriptedServer.run(scripts, clock: .manual) { client, server, _ in
      let found2 = try await Self.call(kind, client)
      #expect(found2 == "y")
      let heads = await server.heads.take(2)
      #expect(heads.map { $0.field("grpc-previous-rpc-attempts") } == [nil, nil])
    }
  }

  @Test func `a server that refuses twice has refused`() async throws {
    try await ScriptedServer.run([[.reset(.refused)]]) { client, server, _ in
      let error = await rpcError { try await Self.call(.unary, client) }
      #expect(error?.code == .unavailable)
      _ = await server.heads.take(2)
    }
  }

  @Test func `after the last attempt the status is the call's, once`() async throws {
    let trailers = Recorder<Metadata>()
    var options = CallOptions()
    options.onTrailingMetadata = { trailers.add($0) }
    let scripts = [Self.failure(["try": "1"]), Self.failure(["try": "2"])]
    try await ScriptedServer.run(scripts, config: try Self.config(attempts: 2)) { client, _, _ in
      let error = await rpcError { try await Self.call(.unary, client, options: options) }
      #expect(error?.code == .unavailable && error?.message == "not now")
      #expect(await trailers.take(1).first?["try"] == "2")
    }
  }

  @Test func `a proxy's error page is tried again as well`() async throws {
    let page: [Step] = [
      .requestEnd, .headers([":status": "503", "content-type": "text/html"]),
      .data(Array("down".utf8)), .end,
    ]
    try await ScriptedServer.run([page, Self.answer], config: try Self.config()) { client, _, _ in
      let found3 = try await Self.call(.unary, client)
      #expect(found3 == "y")
    }
  }

  @Test func `a response that has begun is not asked for again`() async throws {
    let begun: [Step] = [
      .requestEnd, .headers(ScriptedServer.goodHeaders), .trailers(["grpc-status": "14"]),
    ]
    try await ScriptedServer.run([begun, Self.answer], config: try Self.config()) { client, _, _ in
      #expect(await rpcError { try await Self.call(.unary, client) }?.code == .unavailable)
    }
  }

  @Test func `another status is not tried again`() async throws {
    let script: [Step] = [
      .requestEnd, .headersOnly(ScriptedServer.goodHeaders.with("grpc-status", "3")),
    ]
    try await ScriptedServer.run([script, Self.answer], config: try Self.config()) { client, _, _ in
      #expect(await rpcError { try await Self.call(.unary, client) }?.code == .invalidArgument)
    }
  }

  @Test func `a request beyond what is kept is sent once`() async throws {
    let large = StringValue(String(repeating: "x", count: 2 << 20))
    let scripts = [Self.failure(), Self.answer]
    try await ScriptedServer.run(scripts, config: try Self.config()) { client, _, _ in
      #expect(await rpcError { try await client.unary(large) }?.code == .unavailable)
      // The next call's attempts are its own.
      let found4 = try await Self.call(.unary, client)
      #expect(found4 == "y")
    }
  }

  @Test(arguments: [(0, 2), (1, 1)])
  func `all calls of a client together keep 16 MiB`(beyond: Int, attempts: Int) async throws {
    let scripts = [Self.failure(["try": "1"]), Self.failure(["try": "2"])]
    let used = (16 << 20) - frame("a").count + beyond
    try await ScriptedServer.run(
      scripts, config: try Self.config(attempts: 2), prepare: { $0.calls.replayBytes = used }
    ) { client, _, _ in
      let error = await rpcError { try await Self.call(.unary, client) }
      #expect(error?.metadata["try"] == "\(attempts)")
    }
  }

  @Test func `the pause is as long as the policy and the server say`() async throws {
    let scripts = [Self.failure(), Self.failure(["grpc-retry-pushback-ms": "70000"]), Self.answer]
    let config = try Self.config(backoff: "10s")
    try await ScriptedServer.run(scripts, config: config, clock: .manual) { client, server, loop in
      async let reply = Self.call(.unary, client)
      _ = await server.bodies.take(1)
      await loop.settle()
      // Ten seconds and a fifth of jitter at most.
      loop.advance(by: .seconds(12))
      _ = await server.bodies.take(1)
      await loop.settle()
      loop.advance(by: .milliseconds(69_999))
      let early = Task { await server.heads.take(3) }
      await loop.settle()
      loop.advance(by: .milliseconds(1))
      let found5 = try await reply
      #expect(found5 == "y")
      #expect(await early.value.count == 3)
    }
  }

  @Test func `pushback can forbid another attempt`() async throws {
    let scripts = [Self.failure(["grpc-retry-pushback-ms": "-1"]), Self.answer]
    try await ScriptedServer.run(scripts, config: try Self.config()) { client, _, _ in
      #expect(await rpcError { try await Self.call(.unary, client) }?.code == .unavailable)
    }
  }

  @Test func `a client whose calls mostly fail stops trying again`() async throws {
    let config = try Self.config(
      attempts: 2, throttling: #", "retryThrottling": {"maxTokens": 4, "tokenRatio": 0.5}"#)
    let scripts = [
      Self.failure(), Self.failure(), Self.failure(), Self.answer, Self.failure(), Self.answer,
    ]
    try await ScriptedServer.run(scripts, config: config) { client, server, _ in
      // 4 tokens: the first failure leaves 3, the second 2.
      #expect(await rpcError { try await Self.call(.unary, client) }?.code == .unavailable)
      // 1 token is left, and no other attempt is made.
      #expect(await rpcError { try await Self.call(.unary, client) }?.code == .unavailable)
      #expect(await server.heads.take(3).count == 3)
      let found6 = try await Self.call(.unary, client)
      #expect(found6 == "y")
      // 1.5 tokens: 0.5 after this failure.
      #expect(await rpcError { try await Self.call(.unary, client) }?.code == .unavailable)
      let found7 = try await Self.call(.unary, client)
      #expect(found7 == "y")
    }
  }

  @Test func `every attempt has what is left of the deadline`() async throws {
    let scripts = [Self.failure(), Self.answer]
    let config = try Self.config(backoff: "1s")
    try await ScriptedServer.run(scripts, config: config, clock: .manual) { client, server, loop in
      async let reply = Self.call(
        .unary, client, options: CallOptions(timeout: .seconds(10)))
      _ = await server.bodies.take(1)
      await loop.settle()
      loop.advance(by: .seconds(2))
      let found8 = try await reply
      #expect(found8 == "y")
      let timeouts = await server.heads.take(2).map { $0.field("grpc-timeout") }
      #expect(timeouts == ["10000000u", "8000000u"])
    }
  }

  @Test func `nobody waits for an attempt that could only be late`() async throws {
    let config = try Self.config(backoff: "100s")
    try await ScriptedServer.run([Self.failure()], config: config, clock: .manual) { client, _, _ in
      let error = await rpcError {
        try await Self.call(.unary, client, options: CallOptions(timeout: .seconds(10)))
      }
      #expect(error?.code == .unavailable && error?.message == "not now")
    }
  }

  @Test func `the deadline ends a later attempt`() async throws {
    let scripts = [Self.failure(), []]
    let config = try Self.config(backoff: "1s")
    try await ScriptedServer.run(scripts, config: config, clock: .manual) { client, server, loop in
      let call = Task {
        await rpcError {
          try await Self.call(.unary, client, options: CallOptions(timeout: .seconds(10)))
        }
      }
      _ = await server.bodies.take(1)
      await loop.settle()
      loop.advance(by: .seconds(2))
      _ = await server.heads.take(2)
      loop.advance(by: .seconds(8))
      #expect(await call.value?.code == .deadlineExceeded)
    }
  }

  @Test func `cancelling ends a pause`() async throws {
    let config = try Self.config(backoff: "100s")
    try await ScriptedServer.run([Self.failure()], config: config, clock: .manual) {
      client, server, loop in
      let call = Task { await rpcError { try await Self.call(.unary, client) } }
      _ = await server.bodies.take(1)
      await loop.settle()
      call.cancel()
      #expect(await call.value?.code == .cancelled)
      loop.advance(by: .seconds(200))
    }
  }

  @Test func `a writer goes on during a pause`() async throws {
    let config = try Self.config(backoff: "1s")
    try await ScriptedServer.run(
      [[Self.notNow()], Self.answer], config: config, clock: .manual
    ) { client, server, loop in
      let reply = try await client.collect { writer in
        try await writer.write(StringValue("a"))
        _ = await server.bodies.take(1)
        await loop.settle()
        try await writer.write(StringValue("b"))
        loop.advance(by: .seconds(2))
      }
      #expect(reply.value == "y")
      #expect(await server.bodies.take(1) == [frame("a") + frame("b")])
    }
  }

  @Test func `sizes and times of the config count where they are stricter`() async throws {
    let config = try ServiceConfig(
      json: """
        {"methodConfig": [{"name": [{}], "timeout": "5s", "maxRequestMessageBytes": 10,
          "maxResponseMessageBytes": 2}]}
        """)
    let scripts = [Self.answer]
    try await ScriptedServer.run(scripts, config: config, clock: .manual) { client, server, _ in
      let reply = await rpcError { try await Self.call(.unary, client) }
      #expect(reply?.code == .resourceExhausted)
      #expect(
        reply?.message == "a message of 3 bytes is larger than the limit of 2, "
          + "the service config's maxResponseMessageBytes")
      #expect(await server.heads.take(1).first?.field("grpc-timeout") == "5000000u")
      let request = await rpcError { try await client.unary(StringValue("0123456789")) }
      #expect(
        request?.message == "a message of 12 bytes is larger than the limit of 10, "
          + "the service config's maxRequestMessageBytes")
    }
  }
}
