import Protobuf
import RPC
import Testing

@Suite(.timeLimit(.minutes(2))) struct InterceptorTests {
  private struct Named: ServerInterceptor {
    let name: String
    let log: Recorder<String>

    func intercept(_ context: ServerContext, next: () async throws -> Void) async throws {
      log.add("\(name) before \(context.method.method)")
      do {
        try await next()
      } catch {
        log.add("\(name) caught")
        throw error
      }
      log.add("\(name) after")
    }
  }

  private struct Odd: ServerInterceptor {
    let runs: Int

    func intercept(_ context: ServerContext, next: () async throws -> Void) async throws {
      for _ in 0..<runs { try await next() }
    }
  }

  private struct Gate: ServerInterceptor {
    func intercept(_ context: ServerContext, next: () async throws -> Void) async throws {
      guard context.metadata["token"] == "let me in" else {
        throw RPCError(.unauthenticated, "who are you?")
      }
      try await next()
    }
  }

  @Test func `interceptors wrap the handler, the first outermost`() async throws {
    let log = Recorder<String>()
    let interceptors = [Named(name: "a", log: log), Named(name: "b", log: log)]
    try await TestBed.run(interceptors: interceptors) { bed in
      let found1 = try await bed.echo.unary(StringValue("x")).value
      #expect(found1 == "x")
      #expect(await log.take(4) == ["a before Unary", "b before Unary", "b after", "a after"])
    }
  }

  @Test func `an interceptor sees a failure`() async throws {
    let log = Recorder<String>()
    var echo = TestEcho()
    echo.onExpand = { _, _, _ in throw RPCError(.aborted) }
    try await TestBed.run(echo, interceptors: [Named(name: "a", log: log)]) { bed in
      let error = await rpcError {
        try await bed.echo.expand(StringValue("x")) { for try await _ in $0 {} }
      }
      #expect(error?.code == .aborted)
      #expect(await log.take(2) == ["a before Expand", "a caught"])
    }
  }

  @Test func `an interceptor refuses by throwing`() async throws {
    try await TestBed.run(interceptors: [Gate()]) { bed in
      let refused = await rpcError { try await bed.echo.unary(StringValue("x")) }
      #expect(refused?.code == .unauthenticated)
      var options = CallOptions()
      try options.metadata.add("token", "let me in")
      let found2 = try await bed.echo.unary(StringValue("x"), options: options).value
      #expect(found2 == "x")
    }
  }

  @Test(arguments: [0, 2])
  func `an interceptor runs the handler once`(runs: Int) async throws {
    try await TestBed.run(interceptors: [Odd(runs: runs)]) { bed in
      #expect(await rpcError { try await bed.echo.unary(StringValue("x")) }?.code == .internal)
    }
  }
}
