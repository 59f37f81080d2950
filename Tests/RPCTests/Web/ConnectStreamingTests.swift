import Protobuf
import RPC
import RPCCompression
import RPCInProcess
import Testing
import Wire

/// Streams by the Connect protocol, byte by byte.
@Suite(.timeLimit(.minutes(2))) struct ConnectStreamingTests {
  private static func head(
    _ method: String, type: String = "application/connect+proto"
  ) -> HeaderFields {
    [
      ":method": "POST", ":scheme": "http", ":path": "/test.v1.Echo/" + method,
      ":authority": "test", "content-type": type, "connect-protocol-version": "1",
    ]
  }

  private static func end(_ text: String) -> [UInt8] { frame(Array(text.utf8), flags: 2) }
  private static func json(_ text: String) -> [UInt8] { frame(Array("\"\(text)\"".utf8)) }

  private func run(
    _ echo: TestEcho = TestEcho(), limits: RPCLimits = RPCLimits(),
    _ body: (TestBed) async throws -> Void
  ) async throws {
    try await TestBed.run(
      echo, limits: limits, encodings: ZlibEncoding.all, webProtocols: [.connect], body)
  }

  @Test(arguments: [
    ("Collect", ["a", "b"], ["a+b"]), ("Expand", ["a+b"], ["a", "b"]),
    ("Chat", ["a", "b"], ["re: a", "re: b"]),
  ])
  func `streams in binary and as JSON`(
    method: String, requests: [String], replies: [String]
  ) async throws {
    try await run { bed in
      let binary = await RawCall.exchange(
        bed, head: Self.head(method), chunks: requests.map { frame($0) })
      #expect(
        binary.headers == [
          ":status": "200", "content-type": "application/connect+proto",
          "connect-accept-encoding": "identity,gzip,deflate",
        ])
      #expect(binary.body == replies.flatMap { frame($0) } + Self.end("{}"))
      let json = await RawCall.exchange(
        bed, head: Self.head(method, type: "application/connect+json"),
        chunks: requests.map(Self.json))
      #expect(json.header("content-type") == "application/connect+json")
      #expect(json.body == replies.flatMap(Self.json) + Self.end("{}"))
      let summary = try #require(await bed.summaries.next())
      #expect(summary.webProtocol == .connect && summary.httpStatus == nil)
    }
  }

  @Test func `an error and the trailers are in the end of the stream`() async throws {
    var echo = TestEcho()
    echo.onExpand = { _, responses, context in
      var initial = Metadata()
      try initial.add("first", "1")
      await context.setInitialMetadata(initial)
      var trailing = Metadata()
      try trailing.add("last", "2")
      await context.setTrailingMetadata(trailing)
      try await responses.write(StringValue("one"))
      throw RPCError(.outOfRange, "done")
    }
    try await run(echo) { bed in
      let response = await RawCall.exchange(bed, head: Self.head("Expand"), chunks: [frame("x")])
      #expect(response.header("first") == "1" && response.header(":status") == "200")
      #expect(
        response.body == frame("one")
          + Self.end(
            #"{"error":{"code":"out_of_range","message":"done"},"metadata":{"last":["2"]}}"#))
    }
  }

  @Test func `an error before any message ends the stream likewise`() async throws {
    var echo = TestEcho()
    echo.onExpand = { _, _, _ in throw RPCError(.aborted) }
    try await run(echo) { bed in
      let response = await RawCall.exchange(bed, head: Self.head("Expand"), chunks: [frame("x")])
      #expect(response.header(":status") == "200" && response.header("grpc-status") == nil)
      #expect(response.body == Self.end(#"{"error":{"code":"aborted"}}"#))
    }
  }

  @Test(arguments: [[], [frame("a"), frame("b")]] as [[[UInt8]]])
  func `a method that takes one message takes exactly one`(chunks: [[UInt8]]) async throws {
    try await run { bed in
      let response = await RawCall.exchange(bed, head: Self.head("Expand"), chunks: chunks)
      #expect(String(decoding: response.body, as: UTF8.self).contains(#""code":"unimplemented""#))
    }
  }

  @Test(arguments: [
    (frame("a", flags: 2), "internal"), (Array(frame("abc").dropLast()), "internal"),
    (frame("a", flags: 1), "internal"), (prefix(length: 1000), "resource_exhausted"),
    (frame([0x0F]), "invalid_argument"),
  ])
  func `broken envelopes end the call`(bytes: [UInt8], code: String) async throws {
    var limits = RPCLimits()
    limits.maxReceiveMessageBytes = 100
    try await run(limits: limits) { bed in
      let response = await RawCall.exchange(bed, head: Self.head("Collect"), chunks: [bytes])
      #expect(response.header(":status") == "200")
      #expect(String(decoding: response.body, as: UTF8.self).contains("\"code\":\"\(code)\""))
    }
  }

  @Test func `messages may be compressed`() async throws {
    let gzip = try #require(ZlibEncoding.all.first { $0.name == "gzip" })
    let message = String(repeating: "trackd ", count: 1000)
    let packed = unsafe gzip.encode(StringValue(message).serialized().span.bytes)
    try await run { bed in
      let head = Self.head("Chat").with("connect-content-encoding", "gzip")
      let response = await RawCall.exchange(bed, head: head, chunks: [frame(packed, flags: 1)])
      #expect(response.header("connect-content-encoding") == "gzip")
      #expect(response.body.first == 1 && response.body.suffix(7) == Self.end("{}")[...])
    }
  }

  @Test func `what is refused is refused in the end of the stream`() async throws {
    try await run { bed in
      for (name, value, code) in [
        ("connect-content-encoding", "br", "unimplemented"),
        ("content-encoding", "gzip", "unimplemented"),
        ("connect-timeout-ms", "x", "invalid_argument"),
        ("connect-timeout-ms", "0", "deadline_exceeded"),
        ("connect-protocol-version", "2", "invalid_argument"),
      ] {
        let response = await RawCall.exchange(
          bed, head: Self.head("Chat").with(name, value), chunks: [frame("a")])
        #expect(response.header(":status") == "200" && response.body.first == 2)
        #expect(String(decoding: response.body, as: UTF8.self).contains("\"code\":\"\(code)\""))
      }
    }
  }

  @Test(arguments: ["application/json", "application/proto"])
  func `a stream in a content type without envelopes gets 415`(type: String) async throws {
    try await run { bed in
      let response = await RawCall.exchange(
        bed, head: Self.head("Chat", type: type), chunks: [frame("a")])
      #expect(response.header(":status") == "415")
      #expect(response.header("accept-post")?.hasPrefix("application/connect+proto") == true)
    }
  }

  @Test func `a reader that does not read holds the handler back`() async throws {
    let sent = Recorder<Int>()
    var echo = TestEcho()
    echo.onExpand = { _, responses, _ in
      for number in 1...100 {
        try await responses.write(StringValue(String(repeating: "x", count: 10_000)))
        sent.add(number)
      }
    }
    try await TestBed.run(echo, webProtocols: [.connect], window: 1000, watermark: 1000) { bed in
      let response = await RawCall.exchange(bed, head: Self.head("Expand"), chunks: [frame("x")])
      #expect(await sent.take(100).last == 100)
      #expect(response.body.count > 1_000_000)
    }
  }

  @Test func `a deadline ends the stream`() async throws {
    var echo = TestEcho()
    echo.onChat = { requests, _, _ in for try await _ in requests {} }
    try await run(echo) { bed in
      let head = Self.head("Chat").with("connect-timeout-ms", "500")
      let call = RawCall(bed, head: head, chunks: [frame("a")], keepOpen: true)
      await bed.loop.settle()
      bed.loop.advance(by: .seconds(1))
      let response = await call.end()
      #expect(
        String(decoding: response.body, as: UTF8.self).contains(#""code":"deadline_exceeded""#))
    }
  }

  @Test func `a client that goes away cancels the handler`() async throws {
    let (started, cancelled) = (Signal(), Signal())
    try await run(TestEcho.waiting(started, cancelled)) { bed in
      let call = RawCall(bed, head: Self.head("Chat"), keepOpen: true)
      await started.wait()
      call.reset()
      await cancelled.wait()
      #expect(await bed.summaries.next()?.code == .cancelled)
    }
  }

  /// Sends back each message as it is, whatever its method.
  private struct Mirror: UnregisteredMethodHandler {
    func handle(
      _ requests: RawRequestStream, responses: RawResponseWriter, context: ServerContext
    ) async throws {
      for try await request in requests { try await responses.write(request) }
    }
  }

  @Test func `methods that nobody has registered are forwarded as bytes`() async throws {
    try await TestBed.run(webProtocols: [.connect], unregisteredMethods: Mirror()) { bed in
      func head(_ type: String) -> HeaderFields {
        Self.head("Chat", type: type).with(":path", "/a.B/C")
      }
      let stream = await RawCall.exchange(
        bed, head: head("application/connect+proto"), chunks: [frame("a"), frame("b")])
      #expect(stream.body == frame("a") + frame("b") + Self.end("{}"))
      let unary = await RawCall.exchange(bed, head: head("application/proto"), chunks: [[1, 2]])
      #expect(unary.header(":status") == "200" && unary.body == [1, 2])
      let json = await RawCall.exchange(bed, head: head("application/json"), chunks: [[1, 2]])
      #expect(json.header(":status") == "404")
    }
  }
}
