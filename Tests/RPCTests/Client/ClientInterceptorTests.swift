import Protobuf
import RPC
import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct ClientInterceptorTests {
  private struct Named: ClientInterceptor {
    let name: String
    let log: Recorder<String>

    func intercept(
      _ method: MethodDescriptor, _ options: CallOptions,
      next: (CallOptions) async throws -> Void
    ) async throws {
      log.add("\(name) before \(method.method)")
      var options = options
      try options.metadata.add("seen-by", name)
      do {
        try await next(options)
      } catch {
        log.add("\(name) caught \(error)")
        throw error
      }
      log.add("\(name) after")
    }
  }

  private struct Odd: ClientInterceptor {
    let runs: Int

    func intercept(
      _ method: MethodDescriptor, _ options: CallOptions,
      next: (CallOptions) async throws -> Void
    ) async throws {
      for _ in 0..<runs { try await next(options) }
    }
  }

  private struct Replacing: ClientInterceptor {
    func intercept(
      _ method: MethodDescriptor, _ options: CallOptions,
      next: (CallOptions) async throws -> Void
    ) async throws {
      do {
        try await next(options)
      } catch is RPCError {
        throw RPCError(.notFound, "nothing")
      }
    }
  }

  @Test func `a reply that cannot be decoded is the call's failure`() async throws {
    let script: [ScriptedServer.Step] = [
      .requestEnd, .headers(ScriptedServer.goodHeaders), .data(frame([10, 5, 65])),
      .trailers(["grpc-status": "0"]),
    ]
    try await run(script, [Replacing()]) { client, _ in
      let error = await rpcError { try await client.unary(StringValue("x")) }
      #expect(error?.code == .notFound)
    }
  }

  private static let failure: [ScriptedServer.Step] = [
    .requestEnd, .headersOnly(ScriptedServer.goodHeaders.with("grpc-status", "5")),
  ]

  private func run(
    _ script: [ScriptedServer.Step], _ interceptors: [any ClientInterceptor],
    _ body: (EchoClient, ScriptedServer) async throws -> Void
  ) async throws {
    try await ScriptedServer.run([script], interceptors: interceptors) { client, server, _ in
      try await body(client, server)
    }
  }

  @Test func `interceptors wrap a call of one message, and change its options`() async throws {
    let log = Recorder<String>()
    try await run(ScriptedServer.answer, [Named(name: "a", log: log), Named(name: "b", log: log)]) {
      client, server in
      let found1 = try await client.unary(StringValue("x")).value
      #expect(found1 == "y")
      #expect(await log.take(4) == ["a before Unary", "b before Unary", "b after", "a after"])
      let head = await server.heads.take(1).first
      #expect(
        head?.filter { field in
          head?.bytes[field.name].elementsEqual("seen-by".utf8) ?? false
        }.count == 2)
    }
  }

  @Test func `interceptors wrap a stream, for as long as its closure runs`() async throws {
    let log = Recorder<String>()
    try await run(ScriptedServer.answer, [Named(name: "a", log: log)]) { client, _ in
      let texts = try await client.chat { writer, responses in
        try await writer.write(StringValue("x"))
        await writer.finish()
        var texts: [String] = []
        for try await response in responses { texts.append(response.value) }
        log.add("closure")
        return texts
      }
      #expect(texts == ["y"])
      #expect(await log.take(3) == ["a before Chat", "closure", "a after"])
    }
  }

  @Test func `an interceptor sees the status, and may replace it`() async throws {
    let log = Recorder<String>()
    try await run(Self.failure, [Replacing(), Named(name: "a", log: log)]) { client, _ in
      let error = await rpcError { try await client.unary(StringValue("x")) }
      #expect(error?.message == "nothing")
      #expect(await log.take(2) == ["a before Unary", "a caught NOT_FOUND"])
    }
  }

  @Test func `an interceptor that throws makes no call`() async throws {
    struct Refusing: ClientInterceptor {
      func intercept(
        _ method: MethodDescriptor, _ options: CallOptions,
        next: (CallOptions) async throws -> Void
      ) async throws {
        if options.metadata["token"] == nil { throw CancellationError() }
        try await next(options)
      }
    }
    try await run(ScriptedServer.answer, [Refusing()]) { client, server in
      #expect(await rpcError { try await client.unary(StringValue("x")) }?.code == .cancelled)
      var options = CallOptions()
      try options.metadata.add("token", "1")
      let found2 = try await client.unary(StringValue("x"), options: options).value
      #expect(found2 == "y")
      #expect(await server.heads.take(1).first?.field("token") == "1")
    }
  }

  @Test(arguments: [0, 2])
  func `an interceptor makes the call once`(runs: Int) async throws {
    try await run(ScriptedServer.answer, [Odd(runs: runs)]) { client, _ in
      #expect(await rpcError { try await client.unary(StringValue("x")) }?.code == .internal)
    }
  }
}
