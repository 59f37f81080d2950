import Protobuf
import RPC
import RPCInProcess
import Testing
import Wire

/// Requests that are admitted or refused by their header blocks.
@Suite(.timeLimit(.minutes(2))) struct AdmissionTests {
  private enum CallerKey: CallStorageKey { typealias Value = String }
  private enum CountKey: CallStorageKey { typealias Value = Int }

  /// Knows callers by a header, and refuses callers without a name.
  private struct Doorman: RequestAdmission {
    let seen = Recorder<String>()

    func admit(_ request: RequestHeaders, _ storage: inout CallStorage) throws(RPCError) {
      seen.add("\(request.method?.path ?? "no method") from \(request.peer)")
      guard let name = request.metadata["x-who"] else {
        throw RPCError(.unauthenticated, "who are you?")
      }
      storage[CallerKey.self] = name
    }
  }

  private static let named = RawCall.head.with("x-who", "ann")

  @Test func `what an admission finds out the handler has`() async throws {
    var echo = TestEcho()
    echo.onUnary = { _, context in StringValue(context.storage[CallerKey.self] ?? "nobody") }
    let doorman = Doorman()
    try await TestBed.run(echo, admission: doorman) { bed in
      let response = await RawCall.exchange(bed, head: Self.named, chunks: [frame("x")])
      #expect(response.body == frame("ann"))
      #expect(await doorman.seen.take(1) == ["/test.v1.Echo/Unary from inprocess:client"])
      #expect(await bed.summaries.next()?.storage[CallerKey.self] == "ann")
    }
  }

  @Test func `a call that is refused gets its status before any byte of its body`() async throws {
    try await TestBed.run(admission: Doorman()) { bed in
      let call = RawCall(bed, keepOpen: true)
      let response = await call.end()
      #expect(response.status == 16 && response.isTrailersOnly)
      #expect(response.message == "who are you?")
      let summary = await bed.summaries.next()
      #expect(summary?.code == .unauthenticated && summary?.bytesReceived == 0)
    }
  }

  @Test func `what gRPC itself refuses no admission sees`() async throws {
    let doorman = Doorman()
    try await TestBed.run(admission: doorman) { bed in
      let unknown = Self.named.with(":path", "/test.v1.Echo/Nothing")
      #expect(await RawCall.exchange(bed, head: unknown, endStream: true).status == 12)
      let late = Self.named.with("grpc-timeout", "0n")
      #expect(await RawCall.exchange(bed, head: late, endStream: true).status == 4)
      #expect(await RawCall.exchange(bed, head: Self.named, chunks: [frame("x")]).status == 0)
      #expect(await doorman.seen.take(1) == ["/test.v1.Echo/Unary from inprocess:client"])
    }
  }

  private struct Page: HTTPHandler {
    func respond(to request: HTTPRequest) async -> HTTPResponse {
      do {
        let reply = try await request.call(
          EchoMethods.unary, StringValue("x"), returning: StringValue.self)
        return HTTPResponse(status: 200, body: Array(reply.value.utf8))
      } catch {
        return HTTPResponse(status: error.code.httpStatus)
      }
    }

    func response(to refusal: HTTPRefusal) -> HTTPResponse {
      HTTPResponse(status: refusal.status, body: Array("\(refusal.status)!".utf8))
    }
  }

  @Test func `requests that are not gRPC go through the same door`() async throws {
    var echo = TestEcho()
    echo.onUnary = { _, context in StringValue(context.storage[CallerKey.self] ?? "nobody") }
    let doorman = Doorman()
    try await TestBed.run(echo, admission: doorman, httpHandler: Page()) { bed in
      let head: HeaderFields = [
        ":method": "POST", ":scheme": "http", ":path": "/page", ":authority": "test",
      ]
      let refused = await RawCall.exchange(bed, head: head, chunks: [[1, 2, 3]])
      #expect(refused.header(":status") == "401" && refused.body == Array("401!".utf8))
      let summary = await bed.summaries.next()
      #expect(summary?.httpStatus == 401 && summary?.code == .unauthenticated)
      let admitted = await RawCall.exchange(
        bed, head: head.with("x-who", "bob"), chunks: [[1, 2, 3]])
      #expect(admitted.body == Array("bob".utf8))
      #expect(
        await doorman.seen.take(2) == Array(repeating: "no method from inprocess:client", count: 2))
    }
  }

  /// Admits everybody until it is told not to.
  private struct Changing: RequestAdmission {
    let admitted = Recorder<String>()
    /// The methods that it was asked about again.
    let again = Recorder<String>()

    func admit(_ request: RequestHeaders, _ storage: inout CallStorage) throws(RPCError) {
      storage[CallerKey.self] = request.metadata["x-who"]
      if let name = request.metadata["x-who"] { admitted.add(name) }
    }

    func readmit(
      _ method: MethodDescriptor, _ storage: CallStorage, on executor: any CallExecutor
    ) throws(RPCError) {
      again.add("\(method.path) \(storage[CallerKey.self] ?? "nobody")")
      if storage[CallerKey.self] == "ann" { throw RPCError(.unauthenticated, "not any more") }
    }
  }

  @Test(arguments: [false, true])
  func `a call whose message comes late is admitted again`(isSplit: Bool) async throws {
    let admission = Changing()
    try await TestBed.run(admission: admission) { bed in
      func exchange(_ who: String, after pause: Duration) async -> RawCall.Response {
        let call = RawCall(bed, head: RawCall.head.with("x-who", who), keepOpen: true)
        let message = frame("x")
        #expect(await admission.admitted.take(1) == [who])
        if isSplit { call.send(Array(message.prefix(3))) }
        bed.loop.advance(by: pause)
        call.send(isSplit ? Array(message.dropFirst(3)) : message, end: true)
        return await call.end()
      }
      #expect(await exchange("ann", after: .milliseconds(999)).status == 0)
      let refused = await exchange("ann", after: .seconds(1))
      #expect(refused.status == 16 && refused.message == "not any more")
      #expect(await exchange("bob", after: .seconds(1)).status == 0)
      #expect(
        await admission.again.take(2) == ["/test.v1.Echo/Unary ann", "/test.v1.Echo/Unary bob"])
    }
  }

  @Test func `a request that is not gRPC is admitted again with the call that it makes`()
    async throws
  {
    let admission = Changing()
    try await TestBed.run(admission: admission, httpHandler: Page()) { bed in
      func exchange(_ who: String, after pause: Duration) async -> String? {
        let head: HeaderFields = [
          ":method": "POST", ":scheme": "http", ":path": "/page", ":authority": "test",
          "x-who": who,
        ]
        let call = RawCall(bed, head: head, keepOpen: true)
        #expect(await admission.admitted.take(1) == [who])
        bed.loop.advance(by: pause)
        call.send([1, 2, 3], end: true)
        return await call.end().header(":status")
      }
      #expect(await exchange("ann", after: .milliseconds(999)) == "200")
      #expect(await exchange("ann", after: .seconds(1)) == "401")
      #expect(await exchange("bob", after: .seconds(1)) == "200")
    }
  }

  @Test func `interceptors hand on what they find`() async throws {
    struct Adding: ServerInterceptor {
      func intercept(
        _ context: ServerContext, next: nonisolated(nonsending) () async throws -> Void
      ) async throws {
        context.storage[CountKey.self] = (context.storage[CountKey.self] ?? 0) + 1
        try await next()
      }
    }
    var echo = TestEcho()
    echo.onUnary = { _, context in StringValue("\(context.storage[CountKey.self] ?? 0)") }
    try await TestBed.run(echo, interceptors: [Adding(), Adding()]) { bed in
      let reply = try await bed.echo.unary(StringValue("x"))
      #expect(reply.value == "2")
    }
  }

  @Test func `values have their own types and places`() {
    var storage = CallStorage()
    storage[CountKey.self] = 1
    storage[CallerKey.self] = "a"
    storage[CountKey.self] = 2
    #expect(storage[CountKey.self] == 2 && storage[CallerKey.self] == "a")
    storage[CountKey.self] = nil
    #expect(storage[CountKey.self] == nil && storage[CallerKey.self] == "a")
  }
}

/// Observers of the start of calls.
@Suite(.timeLimit(.minutes(2))) struct CallStartTests {
  private enum SpanKey: CallStorageKey { typealias Value = Int }

  private final class Tracer: CallStartObserver {
    let events = Recorder<String>()
    private let spans = Recorder<Int>()

    func callStarted(_ request: RequestHeaders, _ storage: inout CallStorage) {
      storage[SpanKey.self] = 7
      events.add("start \(request.method?.method ?? "-")")
    }

    func callEnded(_ summary: CallSummary) {
      events.add("end \(summary.code) \(summary.storage[SpanKey.self] ?? 0)")
    }
  }

  @Test func `each call that starts ends, with what was kept for it`() async throws {
    let tracer = Tracer()
    var echo = TestEcho()
    echo.onUnary = { request, _ in
      if request.value == "bad" { throw RPCError(.notFound, "no") }
      return request
    }
    try await TestBed.run(echo, observers: [tracer]) { bed in
      _ = await tracer.events.take(1)
      #expect(await RawCall.exchange(bed, chunks: [frame("x")]).status == 0)
      #expect(await tracer.events.take(2) == ["start Unary", "end OK 7"])
      #expect(await RawCall.exchange(bed, chunks: [frame("bad")]).status == 5)
      #expect(await tracer.events.take(2) == ["start Unary", "end NOT_FOUND 7"])
      let call = RawCall(bed, keepOpen: true)
      #expect(await tracer.events.take(1) == ["start Unary"])
      call.reset()
      #expect(await tracer.events.take(1) == ["end CANCELLED 7"])
      // A call that is refused before it starts.
      let unknown = RawCall.head.with(":path", "/a/b")
      #expect(await RawCall.exchange(bed, head: unknown, endStream: true).status == 12)
      #expect(await tracer.events.take(1) == ["end UNIMPLEMENTED 0"])
    }
  }
}
