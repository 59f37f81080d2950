import Protobuf
import RPC
import Synchronization
import Testing
import Wire

/// A server that has too much to do.
@Suite(.timeLimit(.minutes(2))) struct LoadSheddingTests {
  /// Bytes of memory that a test sets.
  private final class Memory: Sendable {
    private let bytes = Atomic<Int>(0)
    func set(_ count: Int) { bytes.store(count, ordering: .relaxed) }

    var shedding: LoadShedding {
      var shedding = LoadShedding()
      shedding.maxMemoryBytes = 1000
      shedding.memoryInUse = { self.bytes.load(ordering: .relaxed) }
      return shedding
    }
  }

  /// `test.v1.Echo`, and a method of the health service.
  private struct Services: RegistrableService {
    func register(in router: inout Router) {
      TestEcho().register(in: &router)
      router.unary(
        MethodDescriptor(service: "grpc.health.v1.Health", method: "Check", kind: .unary)
      ) { (request: StringValue, _) -> StringValue in request }
    }
  }

  private struct Page: HTTPHandler {
    func respond(to request: HTTPRequest) async -> HTTPResponse { HTTPResponse(status: 200) }
  }

  private func isShed(_ error: RPCError?) -> Bool {
    guard let error, error.code == .resourceExhausted,
      let wait = error.detail(RetryInfo.self)?.retryDelay
    else { return false }
    // By the trailer, which counts more than the detail.
    let waited = Duration.seconds(wait.seconds) + .nanoseconds(Int64(wait.nanos))
    return error.retryAdvice == .after(waited) && (.milliseconds(500)...(.seconds(2))) ~= waited
  }

  private func refusal(_ bed: TestBed) async -> RPCError? {
    await rpcError { try await bed.echo.unary(StringValue("a")) }
  }

  @Test func `calls are refused with a time to come back while memory is short`() async throws {
    let memory = Memory()
    try await TestBed.run(shedding: memory.shedding) { bed in
      memory.set(1001)
      #expect(await refusal(bed) == nil)
      await bed.look()
      let error = await refusal(bed)
      #expect(isShed(error))
      #expect(error?.message == "the server is short of memory")
      #expect(bed.server.refusals[.memory] == 1)
    }
  }

  @Test func `calls are taken again below nine tenths, after a while`() async throws {
    let memory = Memory()
    try await TestBed.run(shedding: memory.shedding) { bed in
      memory.set(1001)
      await bed.look()
      memory.set(900)
      for _ in 0..<9 { await bed.look() }
      #expect(isShed(await refusal(bed)))
      memory.set(899)
      for _ in 0..<2 { await bed.look() }
      #expect(isShed(await refusal(bed)))
      await bed.look()
      #expect(await refusal(bed) == nil)
    }
  }

  @Test func `calls are refused while the loop lags`() async throws {
    try await TestBed.run { bed in
      for _ in 0..<2 { await bed.look(late: .milliseconds(501)) }
      #expect(await refusal(bed) == nil)
      await bed.look(late: .milliseconds(501))
      #expect(isShed(await refusal(bed)))
      #expect(bed.server.refusals[.loopLag] == 1)
    }
  }

  @Test func `without limits a server sheds nothing`() async throws {
    var shedding = LoadShedding()
    shedding.maxLoopLag = nil
    try await TestBed.run(shedding: shedding) { bed in
      for _ in 0..<9 { await bed.look(late: .seconds(100)) }
      #expect(await refusal(bed) == nil)
      #expect(bed.server.refusals.total == bed.server.refusals[.notGRPC])
    }
  }

  @Test func `health checks are answered all the same`() async throws {
    let memory = Memory()
    try await TestBed.run(Services(), shedding: memory.shedding) { bed in
      memory.set(.max)
      for _ in 0..<3 { await bed.look(late: .seconds(10)) }
      let head = RawCall.head.with(":path", "/grpc.health.v1.Health/Check")
      #expect(await RawCall.exchange(bed, head: head, chunks: [frame("x")]).status == 0)
      #expect(await RawCall.exchange(bed, chunks: [frame("x")]).status == 8)
    }
  }

  @Test func `calls in progress go on`() async throws {
    let memory = Memory()
    try await TestBed.run(shedding: memory.shedding) { bed in
      try await bed.echo.chat { requests, responses in
        try await requests.write(StringValue("a"))
        var replies = responses.makeAsyncIterator()
        #expect(try await replies.next()?.value == "re: a")
        memory.set(1001)
        await bed.look()
        try await requests.write(StringValue("b"))
        #expect(try await replies.next()?.value == "re: b")
        await requests.finish()
      }
    }
  }

  @Test func `what is not gRPC gets 503 and a time, too`() async throws {
    let memory = Memory()
    try await TestBed.run(shedding: memory.shedding, httpHandler: Page()) { bed in
      memory.set(1001)
      await bed.look()
      let head: HeaderFields = [
        ":method": "GET", ":scheme": "http", ":path": "/page", ":authority": "test",
      ]
      let response = await RawCall.exchange(bed, head: head, endStream: true)
      #expect(response.header(":status") == "503")
      let seconds = response.header("retry-after").flatMap { Int($0) }
      #expect(seconds == 1 || seconds == 2)
    }
  }

  @Test func `a call above the limit of handlers gets a time to come back`() async throws {
    var limits = RPCLimits()
    limits.maxHandlersInFlight = 1
    try await TestBed.run(limits: limits) { bed in
      try await bed.echo.chat { requests, responses in
        try await requests.write(StringValue("a"))
        var replies = responses.makeAsyncIterator()
        #expect(try await replies.next()?.value == "re: a")
        let error = await refusal(bed)
        #expect(isShed(error) && error?.message == "too many calls are in progress")
        await requests.finish()
      }
      #expect(bed.server.refusals[.handlerLimit] == 1)
    }
  }

  @Test(
    "what a request is refused for is counted",
    arguments: [
      (["content-type": "text/plain"], [], .notGRPC), ([":method": "GET"], [], .notGRPC),
      ([":path": "/x/y"], [], .unknownMethod), (["grpc-timeout": "x"], [], .badTimeout),
      (["grpc-encoding": "x"], [], .unsupportedEncoding), ([:], [], .messageCount),
      ([:], frame("a") + frame("b"), .messageCount), ([:], [2, 0, 0, 0, 0], .badFraming),
      ([:], [0, 0, 0], .badFraming), ([:], prefix(length: 5 << 20), .messageTooLarge),
      ([:], frame([0xff]), .undecodableMessage),
    ] as [([String: String], [UInt8], RefusalClass)])
  func counts(fields: [String: String], body: [UInt8], refusal: RefusalClass) async throws {
    try await TestBed.run { bed in
      let before = bed.server.refusals
      var head = RawCall.head
      for (name, value) in fields { head = head.with(name, value) }
      _ = await RawCall.exchange(bed, head: head, chunks: body.isEmpty ? [] : [body])
      let news = bed.server.refusals.since(before)
      #expect(news.classes == [refusal] && news.total == 1)
    }
  }

  @Test func `what the admission refuses is counted`() async throws {
    struct Nobody: RequestAdmission {
      func admit(_ request: RequestHeaders, _ storage: inout CallStorage) throws(RPCError) {
        throw RPCError(.permissionDenied)
      }
    }
    try await TestBed.run(admission: Nobody()) { bed in
      #expect(await RawCall.exchange(bed, chunks: [frame("x")]).status == 7)
      #expect(bed.server.refusals[.notAdmitted] == 1)
    }
  }
}
