import Protobuf
import RPC
import RPCInProcess
import Testing

/// Handlers that answer without a task.
@Suite(.timeLimit(.minutes(2))) struct AtOnceTests {
  /// Answers "now" at once, fails on "bad" at once, and leaves other requests to its task.
  private struct Service: RegistrableService {
    let tasks = Recorder<String>()

    func register(in router: inout Router) {
      router.unary(
        EchoMethods.unary,
        atOnce: { (request: StringValue, context) -> EncodedMessage<StringValue>? in
          switch request.value {
          case "now": return EncodedMessage(StringValue("at once by \(context.peer)"))
          case "bad": throw RPCError(.failedPrecondition, "not at once")
          case "odd": throw Odd()
          default: return nil
          }
        }
      ) { (request: StringValue, _) -> StringValue in
        tasks.add(request.value)
        await Task.yield()
        return StringValue("later")
      }
    }
  }

  private struct Odd: Error {}

  private struct Passing: ServerInterceptor {
    let calls = Recorder<String>()

    func intercept(
      _ context: ServerContext, next: nonisolated(nonsending) () async throws -> Void
    ) async throws {
      await Task.yield()
      calls.add("before")
      do {
        try await next()
      } catch {
        calls.add("failed")
        throw error
      }
    }
  }

  private func run(
    interceptors: [any ServerInterceptor] = [], limits: RPCLimits = RPCLimits(),
    _ body: (Service, TestBed) async throws -> Void
  ) async throws {
    let service = Service()
    try await TestBed.run(service, interceptors: interceptors, limits: limits) { bed in
      try await body(service, bed)
    }
  }

  @Test func `a handler answers at once, fails at once, or leaves it to its task`() async throws {
    try await run { service, bed in
      let now = await RawCall.exchange(bed, chunks: [frame("now")])
      #expect(now.status == 0 && now.body == frame("at once by inprocess:client"))
      #expect(await bed.summaries.next()?.code == .ok)
      let bad = await RawCall.exchange(bed, chunks: [frame("bad")])
      #expect(bad.status == 9 && bad.message == "not at once" && bad.isTrailersOnly)
      #expect(await bed.summaries.next()?.error == nil)
      let odd = await RawCall.exchange(bed, chunks: [frame("odd")])
      #expect(odd.status == 2 && odd.message == "the call failed on the server")
      #expect(await bed.summaries.next()?.error is Odd)
      let later = await RawCall.exchange(bed, chunks: [frame("later")])
      #expect(later.body == frame("later"))
      #expect(await service.tasks.take(1) == ["later"])
      #expect(bed.server.handlersInFlight == 0)
    }
  }

  @Test(arguments: 1...8)
  func `a request in pieces is answered at once too`(size: Int) async throws {
    try await run { _, bed in
      let wire = frame("now")
      let chunks = stride(from: 0, to: wire.count, by: size).map {
        Array(wire[$0..<min($0 + size, wire.count)])
      }
      let now = await RawCall.exchange(bed, chunks: chunks)
      #expect(now.status == 0 && now.body == frame("at once by inprocess:client"))
      #expect(bed.server.handlersInFlight == 0)
    }
  }

  @Test func `interceptors run around it all the same`() async throws {
    let passing = Passing()
    try await run(interceptors: [passing]) { _, bed in
      let now = await RawCall.exchange(bed, chunks: [frame("now")])
      #expect(now.body == frame("at once by inprocess:client"))
      #expect(await RawCall.exchange(bed, chunks: [frame("bad")]).status == 9)
      #expect(await RawCall.exchange(bed, chunks: [frame("x")]).body == frame("later"))
      #expect(await passing.calls.take(4) == ["before", "before", "failed", "before"])
    }
  }

  @Test func `a message that cannot be decoded gives its handler's place back`() async throws {
    var limits = RPCLimits()
    limits.maxHandlersInFlight = 1
    try await run(limits: limits) { _, bed in
      for _ in 0..<3 {
        #expect(await RawCall.exchange(bed, chunks: [frame([0xFF])]).status == 13)
      }
      #expect(await RawCall.exchange(bed, chunks: [frame("now")]).status == 0)
      #expect(bed.server.handlersInFlight == 0)
    }
  }
}
