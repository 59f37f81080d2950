import Protobuf
import RPC
import RPCCompression
import RPCInProcess
import Testing
import Wire

/// Single messages by the Connect protocol, byte by byte.
@Suite(.timeLimit(.minutes(2))) struct ConnectUnaryTests {
  private static func head(
    type: String? = "application/json", path: String = "/test.v1.Echo/Unary"
  ) -> HeaderFields {
    let head: HeaderFields = [
      ":method": "POST", ":scheme": "http", ":path": path, ":authority": "test",
    ]
    return head.with("content-type", type)
  }

  private static func get(_ query: String) -> HeaderFields {
    head(type: nil, path: "/test.v1.Echo/Unary" + query).with(":method", "GET")
  }

  private static let proto = "application/proto"
  private static let hi = Array(#""hi""#.utf8)

  private func text(_ response: RawCall.Response) -> String {
    String(decoding: response.body, as: UTF8.self)
  }

  private func run(
    _ echo: TestEcho = TestEcho(), limits: RPCLimits = RPCLimits(),
    admission: (any RequestAdmission)? = nil, httpHandler: (any HTTPHandler)? = nil,
    _ body: (TestBed) async throws -> Void
  ) async throws {
    try await TestBed.run(
      echo, admission: admission, limits: limits, encodings: ZlibEncoding.all,
      webProtocols: [.connect], httpHandler: httpHandler, body)
  }

  @Test func `JSON for JSON`() async throws {
    try await run { bed in
      let response = await RawCall.exchange(bed, head: Self.head(), chunks: [Self.hi])
      #expect(
        response.headers == [
          ":status": "200", "content-type": "application/json",
          "accept-encoding": "identity,gzip,deflate",
        ])
      #expect(text(response) == #""hi""# && response.trailers == nil)
      let summary = try #require(await bed.summaries.next())
      #expect(summary.webProtocol == .connect && summary.code == .ok)
      #expect(summary.path == "/test.v1.Echo/Unary" && summary.bytesReceived == 4)
    }
  }

  @Test func `binary for binary, in any pieces`() async throws {
    try await run { bed in
      let message = StringValue("hello").serialized()
      let response = await RawCall.exchange(
        bed, head: Self.head(type: Self.proto), chunks: message.map { [$0] })
      #expect(response.header("content-type") == Self.proto && response.body == message)
    }
  }

  @Test(arguments: [true, false])
  func `no body is a message without fields in binary`(endStream: Bool) async throws {
    try await run { bed in
      // Not even with an encoding: nothing is not decompressed.
      let head = Self.head(type: Self.proto).with("content-encoding", "gzip")
      let response = await RawCall.exchange(bed, head: head, endStream: endStream)
      #expect(response.header(":status") == "200" && response.body.isEmpty)
    }
  }

  @Test func `metadata and trailers are header fields`() async throws {
    var echo = TestEcho()
    echo.onUnary = { request, context in
      var initial = Metadata()
      try initial.add("seen", context.metadata["sent"] ?? "nothing")
      #expect(context.metadata.names == ["sent"])
      await context.setInitialMetadata(initial)
      var trailing = Metadata()
      try trailing.addBinary("sum-bin", [0xFF, 0xFE])
      await context.setTrailingMetadata(trailing)
      return request
    }
    try await run(echo) { bed in
      var head = Self.head()
      head.append("sent", "by the client")
      head.append("connect-protocol-version", "1")
      head.append("accept-encoding", "gzip")
      let response = await RawCall.exchange(bed, head: head, chunks: [Self.hi])
      #expect(response.header("seen") == "by the client")
      #expect(response.header("trailer-sum-bin") == "//4")
    }
  }

  @Test func `an error has its HTTP status and its JSON, in binary calls too`() async throws {
    var echo = TestEcho()
    echo.onUnary = { _, _ in
      var metadata = Metadata()
      try metadata.add("hint", "later")
      throw RPCError(.notFound, "no \"hi\" here", metadata: metadata)
    }
    try await run(echo) { bed in
      for (type, body) in [("application/json", Self.hi), (Self.proto, [])] {
        let response = await RawCall.exchange(bed, head: Self.head(type: type), chunks: [body])
        #expect(response.header(":status") == "404")
        #expect(response.header("content-type") == "application/json")
        #expect(response.header("trailer-hint") == "later")
        #expect(text(response) == #"{"code":"not_found","message":"no \"hi\" here"}"#)
        #expect(await bed.summaries.next()?.code == .notFound)
      }
    }
  }

  @Test(
    arguments: [
      ("application/json", Array("{".utf8)), ("application/json", []),
      ("application/proto", [0x0F]),
    ] as [(String, [UInt8])])
  func `what is no message is an invalid argument`(type: String, body: [UInt8]) async throws {
    try await run { bed in
      let response = await RawCall.exchange(bed, head: Self.head(type: type), chunks: [body])
      #expect(response.header(":status") == "400")
      #expect(text(response).hasPrefix(#"{"code":"invalid_argument","#))
      let summary = try #require(await bed.summaries.next())
      #expect(summary.code == .invalidArgument && summary.error == nil)
    }
  }

  @Test func `a message above the limit is refused as it comes`() async throws {
    var limits = RPCLimits()
    limits.maxReceiveMessageBytes = 100
    try await run(limits: limits) { bed in
      let body = Array("\"\(String(repeating: "x", count: 90))\"".utf8)
      let small = await RawCall.exchange(bed, head: Self.head(), chunks: [body])
      #expect(small.header(":status") == "200")
      let call = RawCall(bed, head: Self.head(), chunks: [body, body], keepOpen: true)
      let response = await call.end()
      #expect(response.header(":status") == "429")
      #expect(text(response).hasPrefix(#"{"code":"resource_exhausted","#))
    }
  }

  // MARK: Compression

  @Test(arguments: ["gzip", "deflate"], ["application/json", "application/proto"])
  func `compressed for compressed`(name: String, type: String) async throws {
    let encoding = try #require(ZlibEncoding.all.first { $0.name == name })
    let message = StringValue(String(repeating: "trackd ", count: 20_000))
    let bytes = type == Self.proto ? message.serialized() : try message.jsonUTF8()
    try await run { bed in
      var head = Self.head(type: type)
      head.append("content-encoding", name)
      let packed = unsafe encoding.encode(bytes.span.bytes)
      let response = await RawCall.exchange(bed, head: head, chunks: [packed])
      #expect(response.header("content-encoding") == name)
      let body = try unsafe encoding.decode(response.body.span.bytes, limit: 1 << 20)
      #expect(body == bytes)
      head.append("accept-encoding", "br")
      let plain = await RawCall.exchange(bed, head: head, chunks: [packed])
      #expect(plain.header("content-encoding") == nil && plain.body == bytes)
    }
  }

  @Test func `an unknown encoding is unimplemented, and the others are named`() async throws {
    try await run { bed in
      let head = Self.head().with("content-encoding", "br")
      let response = await RawCall.exchange(bed, head: head, chunks: [Self.hi])
      #expect(response.header(":status") == "501")
      #expect(response.header("accept-encoding") == "identity,gzip,deflate")
      #expect(text(response).contains("identity,gzip,deflate"))
      #expect(text(response).hasPrefix(#"{"code":"unimplemented","#))
    }
  }

  @Test func `what is not in its encoding is an invalid argument`() async throws {
    try await run { bed in
      let head = Self.head().with("content-encoding", "gzip")
      let response = await RawCall.exchange(bed, head: head, chunks: [Self.hi])
      #expect(response.header(":status") == "400")
    }
  }

  // MARK: GET

  @Test(arguments: [
    "?message=%22hi%22&encoding=json", "?encoding=json&base64=1&message=ImhpIg&connect=v1",
  ])
  func `a method without side effects answers GET`(query: String) async throws {
    try await run { bed in
      let response = await RawCall.exchange(bed, head: Self.get(query), endStream: true)
      #expect(response.header(":status") == "200" && text(response) == #""hi""#)
      #expect(response.header("content-type") == "application/json")
      #expect(response.header("vary") == "accept-encoding")
    }
  }

  @Test func `GET takes binary and compressed messages, and ignores a body`() async throws {
    let gzip = try #require(ZlibEncoding.all.first { $0.name == "gzip" })
    let bytes = StringValue(String(repeating: "trackd ", count: 1000)).serialized()
    let packed = unsafe gzip.encode(bytes.span.bytes)
    let text = String(decoding: Base64.url.encode(packed), as: UTF8.self)
    try await run { bed in
      let head = Self.get("?encoding=proto&base64=1&compression=gzip&message=" + text)
      let response = await RawCall.exchange(bed, head: head, chunks: [[1, 2, 3]])
      #expect(response.header("content-encoding") == "gzip")
      let body = try unsafe gzip.decode(response.body.span.bytes, limit: 1 << 20)
      #expect(body == bytes)
    }
  }

  @Test(arguments: [
    ("", 400), ("?encoding=json", 400), ("?message=%7&encoding=json", 400),
    ("?message=x&encoding=json", 400), ("?message=&encoding=json&connect=2", 400),
    ("?message=&encoding=xml", 415), ("?message=AA&base64=1&compression=br&encoding=proto", 501),
  ])
  func `a bad query has its answer`(query: String, status: Int) async throws {
    try await run { bed in
      let response = await RawCall.exchange(bed, head: Self.get(query), endStream: true)
      #expect(response.header(":status") == "\(status)")
    }
  }

  @Test(arguments: [
    ("GET", "Expand", "POST"), ("GET", "Collect", "POST"),
    ("PUT", "Unary", "GET, POST"), ("HEAD", "Unary", "GET, POST"),
  ])
  func `another HTTP method gets 405`(
    method: String, name: String, allowed: String
  ) async throws {
    try await run { bed in
      let head = Self.head(path: "/test.v1.Echo/" + name).with(":method", method)
      let response = await RawCall.exchange(bed, head: head, endStream: true)
      #expect(response.headers == [":status": "405", "allow": allowed])
    }
  }

  // MARK: What is not for a method

  @Test(arguments: ["text/plain", "application/connect+proto", "application/xml", nil])
  func `a content type that is not the method's gets 415 and a list`(type: String?) async throws {
    try await run { bed in
      let response = await RawCall.exchange(bed, head: Self.head(type: type), chunks: [Self.hi])
      #expect(response.header(":status") == "415")
      #expect(
        response.header("accept-post")?.hasPrefix("application/proto, application/json") == true)
      #expect(await bed.summaries.next()?.httpStatus == 415)
    }
  }

  @Test func `an unknown method is 404 and unimplemented`() async throws {
    try await run { bed in
      for type in ["application/json", "application/proto", "application/connect+proto"] {
        let head = Self.head(type: type, path: "/test.v1.Echo/Nothing")
        let response = await RawCall.exchange(bed, head: head, chunks: [Self.hi])
        #expect(response.header(":status") == "404")
        #expect(text(response).hasPrefix(#"{"code":"unimplemented","#))
        #expect(await bed.summaries.next()?.code == .unimplemented)
      }
    }
  }

  private struct Page: HTTPHandler {
    func respond(to request: HTTPRequest) async -> HTTPResponse {
      HTTPResponse(status: 200, body: Array("page".utf8))
    }
  }

  @Test func `JSON for other paths stays the HTTP handler's, unless it names Connect`() async throws
  {
    try await run(httpHandler: Page()) { bed in
      let head = Self.head(path: "/a.B/C")
      #expect(text(await RawCall.exchange(bed, head: head, chunks: [Self.hi])) == "page")
      let connect = head.with("connect-protocol-version", "1")
      let response = await RawCall.exchange(bed, head: connect, chunks: [Self.hi])
      #expect(response.header(":status") == "404")
    }
  }

  private struct Refusing: RequestAdmission {
    func admit(_ request: RequestHeaders, _ storage: inout CallStorage) throws(RPCError) {
      guard request.method != nil else { return }
      throw RPCError(.unauthenticated, "who are you")
    }
  }

  @Test func `admission refuses before the body is there`() async throws {
    try await run(admission: Refusing()) { bed in
      let response = await RawCall(bed, head: Self.head(), keepOpen: true).end()
      #expect(response.header(":status") == "401")
      #expect(text(response) == #"{"code":"unauthenticated","message":"who are you"}"#)
    }
  }

  // MARK: Time

  @Test func `a deadline ends the call`() async throws {
    try await run(TestEcho.waiting()) { bed in
      let head = Self.head().with("connect-timeout-ms", "1000")
      let call = RawCall(bed, head: head, chunks: [Self.hi])
      await bed.loop.settle()
      bed.loop.advance(by: .milliseconds(1001))
      let response = await call.end()
      #expect(response.header(":status") == "504")
      #expect(text(response).hasPrefix(#"{"code":"deadline_exceeded","#))
    }
  }

  @Test(arguments: [("0", 504), ("x", 400)])
  func `a timeout that has passed or is none`(timeout: String, status: Int) async throws {
    try await run { bed in
      let head = Self.head().with("connect-timeout-ms", timeout)
      let response = await RawCall.exchange(bed, head: head, chunks: [Self.hi])
      #expect(response.header(":status") == "\(status)")
    }
  }

  @Test func `a body that does not come ends the call`() async throws {
    try await run { bed in
      let call = RawCall(bed, head: Self.head(), chunks: [[0x22]], keepOpen: true)
      await bed.loop.settle()
      bed.loop.advance(by: .seconds(61))
      #expect(await call.end().header(":status") == "504")
    }
  }

  @Test func `a client that goes away cancels the handler`() async throws {
    let (started, cancelled) = (Signal(), Signal())
    try await run(TestEcho.waiting(started, cancelled)) { bed in
      let call = RawCall(bed, head: Self.head(), chunks: [Self.hi])
      await started.wait()
      call.reset()
      await cancelled.wait()
      #expect(await bed.summaries.next()?.code == .cancelled)
    }
  }
}
