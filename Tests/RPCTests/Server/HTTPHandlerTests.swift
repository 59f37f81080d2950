import Protobuf
import RPC
import RPCInProcess
import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct HTTPHandlerTests {
  private struct Page: HTTPHandler {
    func respond(to request: HTTPRequest) async -> HTTPResponse {
      HTTPResponse(
        status: request.method == "GET" ? 200 : 201,
        headers: ["content-type": "text/plain"], body: Array(request.path.utf8) + request.body)
    }
  }

  private static let head: HeaderFields = [
    ":method": "GET", ":scheme": "http", ":path": "/page?a=b", ":authority": "test",
  ]

  @Test func `what is not gRPC goes to the handler`() async throws {
    try await TestBed.run(httpHandler: Page()) { bed in
      let get = await RawCall.exchange(bed, head: Self.head, endStream: true)
      #expect(get.headers == [":status": "200", "content-type": "text/plain"])
      #expect(get.body == Array("/page?a=b".utf8) && get.closed == .finished)
      let post = Self.head.with(":method", "POST")
      let posted = await RawCall.exchange(bed, head: post, chunks: [[1], [2, 3]])
      #expect(posted.header(":status") == "201")
      #expect(posted.body.suffix(3) == [1, 2, 3])
      #expect(await bed.summaries.next()?.httpStatus == 200)
      #expect(await RawCall.exchange(bed, chunks: [frame("x")]).status == 0)
    }
  }

  @Test func `a body over the limit gets 413`() async throws {
    var limits = RPCLimits()
    limits.maxHTTPBodyBytes = 2
    try await TestBed.run(limits: limits, httpHandler: Page()) { bed in
      let head = Self.head.with(":method", "POST")
      let response = await RawCall.exchange(
        bed, head: head, chunks: [[1, 2], [3]], keepOpen: true)
      #expect(response.header(":status") == "413")
    }
  }

  @Test func `a body that says it is over the limit gets 413 before it comes`() async throws {
    var limits = RPCLimits()
    limits.maxHTTPBodyBytes = 2
    try await TestBed.run(limits: limits, httpHandler: Page()) { bed in
      for (length, status) in [("3", "413"), ("2", "201")] {
        let head = Self.head.with(":method", "POST").with("content-length", length)
        let response = await RawCall.exchange(
          bed, head: head, chunks: length == "3" ? [] : [[1, 2]], keepOpen: length == "3")
        #expect(response.header(":status") == status)
      }
    }
  }

  /// Answers with the reply of a method of the same server.
  private struct Caller: HTTPHandler {
    var method = EchoMethods.unary

    func respond(to request: HTTPRequest) async -> HTTPResponse {
      do {
        let reply = try await request.call(
          method, StringValue(String(decoding: request.body, as: UTF8.self)),
          returning: StringValue.self)
        return HTTPResponse(status: 200, body: Array(reply.value.utf8))
      } catch {
        return HTTPResponse(status: 500, body: Array(error.description.utf8))
      }
    }

    func response(to refusal: HTTPRefusal) -> HTTPResponse {
      HTTPResponse(status: refusal.status, body: Array("\(refusal)".utf8))
    }
  }

  private static let post = head.with(":method", "POST").with("x-who", "me")

  @Test func `a handler calls a method of its own server`() async throws {
    struct Counting: ServerInterceptor {
      let methods = Recorder<String>()
      func intercept(
        _ context: ServerContext, next: nonisolated(nonsending) () async throws -> Void
      ) async throws {
        methods.add(context.method.path)
        try await next()
      }
    }
    let counting = Counting()
    var echo = TestEcho()
    echo.onUnary = { request, context in
      let isSame = context.peer == "inprocess:client" && context.deadline == nil
      return StringValue("\(request.value) \(context.metadata["x-who"] ?? "") \(isSame)")
    }
    try await TestBed.run(echo, interceptors: [counting], httpHandler: Caller()) { bed in
      let response = await RawCall.exchange(bed, head: Self.post, chunks: [Array("hi".utf8)])
      #expect(response.body == Array("hi me true".utf8))
      #expect(await counting.methods.take(1) == ["/test.v1.Echo/Unary"])
      let summary = await bed.summaries.next()
      #expect(summary?.method == EchoMethods.unary && summary?.code == .ok)
      #expect(summary?.httpMethod == "POST" && summary?.httpStatus == 200)
      #expect(summary?.path == "/page?a=b" && summary?.bytesReceived == 2)
      #expect(bed.server.handlersInFlight == 0)
    }
  }

  @Test func `what the method throws, the handler gets whole`() async throws {
    struct Secret: Error {}
    var echo = TestEcho()
    echo.onUnary = { request, _ in
      if request.value == "secret" { throw Secret() }
      throw RPCError(.notFound, String(repeating: "long ", count: 5000))
    }
    try await TestBed.run(echo, httpHandler: Caller()) { bed in
      let long = await RawCall.exchange(bed, head: Self.post, chunks: [[1]])
      #expect(long.body.count > 25_000 && long.header(":status") == "500")
      #expect(await bed.summaries.next()?.code == .notFound)
      let secret = await RawCall.exchange(bed, head: Self.post, chunks: [Array("secret".utf8)])
      #expect(String(decoding: secret.body, as: UTF8.self).hasPrefix("UNKNOWN"))
      #expect(await bed.summaries.next()?.error is Secret)
    }
  }

  @Test(arguments: [
    MethodDescriptor(service: "test.v1.Echo", method: "Nothing", kind: .unary), EchoMethods.expand,
  ])
  func `only unary methods that exist can be called`(method: MethodDescriptor) async throws {
    try await TestBed.run(httpHandler: Caller(method: method)) { bed in
      let response = await RawCall.exchange(bed, head: Self.post, chunks: [[1]])
      #expect(String(decoding: response.body, as: UTF8.self).hasPrefix("UNIMPLEMENTED"))
    }
  }

  @Test func `a client that goes away cancels the method`() async throws {
    let (started, cancelled) = (Signal(), Signal())
    try await TestBed.run(TestEcho.waiting(started, cancelled), httpHandler: Caller()) { bed in
      let call = RawCall(bed, head: Self.post, chunks: [[1]])
      await started.wait()
      call.reset()
      await cancelled.wait()
      let summary = await bed.summaries.next()
      #expect(summary?.code == .cancelled && summary?.httpStatus == nil)
    }
  }

  @Test func `a method that goes on when its client is gone is counted until it returns`()
    async throws
  {
    let (started, mayEnd) = (Signal(), Signal())
    var echo = TestEcho()
    echo.onUnary = { request, _ in
      started.fire()
      // It does not care whether it is cancelled.
      await Task { await mayEnd.wait() }.value
      return request
    }
    try await TestBed.run(echo, httpHandler: Caller()) { bed in
      let call = RawCall(bed, head: Self.post, chunks: [[1]])
      await started.wait()
      call.reset()
      #expect(await bed.summaries.next()?.code == .cancelled)
      for _ in 0..<100 {
        await bed.look()
        #expect(bed.server.handlersInFlight == 1)
      }
      mayEnd.fire()
      while bed.server.handlersInFlight > 0 { await bed.look() }
    }
  }

  @Test func `the path of a method is for gRPC alone`() async throws {
    try await TestBed.run(httpHandler: Page()) { bed in
      let head = Self.head.with(":path", "/test.v1.Echo/Unary").with("content-type", "text/plain")
      let response = await RawCall.exchange(bed, head: head, endStream: true)
      #expect(response.headers == [":status": "415"])
    }
  }

  @Test func `a body that does not come gets 408`() async throws {
    try await TestBed.run(httpHandler: Caller()) { bed in
      let call = RawCall(bed, head: Self.post, chunks: [[1]], keepOpen: true)
      await bed.loop.settle()
      bed.loop.advance(by: .seconds(61))
      let response = await call.end()
      #expect(response.header(":status") == "408")
      #expect(response.body == Array("bodyTooSlow".utf8))
    }
  }

  @Test func `bodies in progress are bounded together`() async throws {
    var limits = RPCLimits()
    limits.maxHeldRequestBytes = 3
    try await TestBed.run(limits: limits, httpHandler: Caller()) { bed in
      let first = RawCall(bed, head: Self.post, chunks: [[1, 2]], keepOpen: true)
      await bed.loop.settle()
      let second = await RawCall.exchange(bed, head: Self.post, chunks: [[1, 2]])
      #expect(second.header(":status") == "503")
      first.reset()
      _ = await first.end()
      let third = await RawCall.exchange(bed, head: Self.post, chunks: [[1, 2, 3]])
      #expect(third.header(":status") == "200")
    }
  }
}
