import Protobuf
import RPC
import RPCCompression
import RPCInProcess
import Testing
import Wire

/// Calls in gRPC-Web, byte by byte.
@Suite(.timeLimit(.minutes(2))) struct GRPCWebTests {
  private static func head(
    _ method: String = "Unary", type: String = "application/grpc-web+proto"
  ) -> HeaderFields {
    [
      ":method": "POST", ":scheme": "http", ":path": "/test.v1.Echo/" + method,
      ":authority": "test", "content-type": type, "x-grpc-web": "1",
    ]
  }

  /// The frames of a body: their flags and what is in them.
  private static func frames(_ body: [UInt8]) -> [(flags: UInt8, content: [UInt8])] {
    var (frames, rest): ([(UInt8, [UInt8])], ArraySlice<UInt8>) = ([], body[...])
    while rest.count >= 5 {
      let length = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
      frames.append((rest.first ?? 0, Array(rest.dropFirst(5).prefix(length))))
      rest = rest.dropFirst(5 + length)
    }
    return frames
  }

  private static let end = Array("grpc-status: 0\r\n".utf8)

  private func call(
    _ method: String, _ chunks: [[UInt8]], expecting messages: [String]
  ) async throws {
    try await TestBed.run(webProtocols: [.grpcWeb]) { bed in
      let response = await RawCall.exchange(bed, head: Self.head(method), chunks: chunks)
      #expect(response.header("content-type") == "application/grpc-web+proto")
      #expect(response.trailers == nil && response.header(":status") == "200")
      let frames = Self.frames(response.body)
      #expect(
        frames.dropLast().map(\.content) == messages.map { StringValue($0).serialized() })
      #expect(frames.last?.flags == 0x80 && frames.last?.content == Self.end)
      let summary = try #require(await bed.summaries.next())
      #expect(summary.webProtocol == .grpcWeb && summary.code == .ok)
      #expect(summary.path == "/test.v1.Echo/" + method && summary.httpStatus == nil)
    }
  }

  @Test func `a message for a message`() async throws {
    try await call("Unary", [frame("hi")], expecting: ["hi"])
  }

  @Test func `a client's stream`() async throws {
    try await call("Collect", [frame("a"), frame("b")], expecting: ["a+b"])
  }

  @Test func `a server's stream`() async throws {
    try await call("Expand", [frame("a+b+c")], expecting: ["a", "b", "c"])
  }

  @Test func `streams both ways`() async throws {
    try await call("Chat", [frame("a") + frame("b")], expecting: ["re: a", "re: b"])
  }

  @Test(arguments: [1, 2, 3, 5, 7, 1000])
  func `text comes in pieces of any size, and each message goes out as one`(
    size: Int
  ) async throws {
    try await TestBed.run(webProtocols: [.grpcWeb]) { bed in
      let text = Base64.json.encode(frame("a")) + Base64.json.encode(frame("bcd"))
      let chunks = stride(from: 0, to: text.count, by: size).map {
        Array(text[$0...].prefix(size))
      }
      let head = Self.head("Chat", type: "application/grpc-web-text+proto")
      let response = await RawCall.exchange(bed, head: head, chunks: chunks)
      #expect(response.header("content-type") == "application/grpc-web-text+proto")
      var expected = Base64.json.encode(frame("re: a"))
      expected += Base64.json.encode(frame("re: bcd"))
      expected += Base64.json.encode([0x80, 0, 0, 0, 16] + Self.end)
      #expect(response.body == expected)
    }
  }

  @Test func `text larger than the window gives all of it back`() async throws {
    try await TestBed.run(webProtocols: [.grpcWeb], window: 1 << 10) { bed in
      let message = String(repeating: "x", count: 100_000)
      let head = Self.head(type: "application/grpc-web-text")
      let response = await RawCall.exchange(
        bed, head: head, chunks: [Base64.json.encode(frame(message))])
      #expect(response.body.count > 133_000)
      let text = String(decoding: response.body.suffix(28), as: UTF8.self)
      #expect(
        text == String(decoding: Base64.json.encode([0x80, 0, 0, 0, 16] + Self.end), as: UTF8.self))
    }
  }

  @Test func `what is not base64 ends the call`() async throws {
    try await TestBed.run(webProtocols: [.grpcWeb]) { bed in
      let head = Self.head(type: "application/grpc-web-text")
      let response = await RawCall.exchange(bed, head: head, chunks: [Array("AA!A".utf8)])
      #expect(response.status == 13 && response.message == "the request is not base64")
    }
  }

  @Test func `an error before any message is in the headers, with its details`() async throws {
    var echo = TestEcho()
    echo.onUnary = { _, _ in
      var metadata = Metadata()
      try metadata.add("hint", "later")
      throw RPCError(.unavailable, "düster", metadata: metadata)
    }
    try await TestBed.run(echo, webProtocols: [.grpcWeb]) { bed in
      let response = await RawCall.exchange(bed, head: Self.head(), chunks: [frame("hi")])
      #expect(response.isTrailersOnly && response.status == 14 && response.body.isEmpty)
      #expect(response.header("content-type") == "application/grpc-web+proto")
      #expect(response.message == "d%C3%BCster" && response.header("hint") == "later")
    }
  }

  @Test func `an error after messages is in the frame of the trailers`() async throws {
    var echo = TestEcho()
    echo.onExpand = { _, responses, _ in
      try await responses.write(StringValue("one"))
      throw RPCError(.aborted, "enough")
    }
    try await TestBed.run(echo, webProtocols: [.grpcWeb]) { bed in
      let response = await RawCall.exchange(bed, head: Self.head("Expand"), chunks: [frame("hi")])
      let last = Self.frames(response.body).last
      #expect(last?.content == Array("grpc-status: 10\r\ngrpc-message: enough\r\n".utf8))
    }
  }

  @Test func `an unknown method is UNIMPLEMENTED`() async throws {
    try await TestBed.run(webProtocols: [.grpcWeb]) { bed in
      for type in ["application/grpc-web", "application/grpc-web+json"] {
        let response = await RawCall.exchange(
          bed, head: Self.head("Nothing", type: type), chunks: [frame("hi")])
        #expect(response.status == 12 && response.header("content-type") == type)
      }
    }
  }

  @Test func `messages may be JSON`() async throws {
    try await TestBed.run(webProtocols: [.grpcWeb]) { bed in
      let response = await RawCall.exchange(
        bed, head: Self.head("Expand", type: "application/grpc-web+json"),
        chunks: [frame(Array(#""a+b""#.utf8))])
      #expect(
        Self.frames(response.body).dropLast().map(\.content)
          == [Array(#""a""#.utf8), Array(#""b""#.utf8)])
    }
  }

  @Test func `messages may be compressed`() async throws {
    try await TestBed.run(encodings: ZlibEncoding.all, webProtocols: [.grpcWeb]) { bed in
      let message = String(repeating: "trackd ", count: 1000)
      let bytes = StringValue(message).serialized()
      let gzip = try #require(ZlibEncoding.all.first { $0.name == "gzip" })
      let packed = unsafe gzip.encode(bytes.span.bytes)
      var head = Self.head()
      head.append("grpc-encoding", "gzip")
      head.append("grpc-accept-encoding", "gzip")
      let response = await RawCall.exchange(bed, head: head, chunks: [frame(packed, flags: 1)])
      #expect(response.header("grpc-encoding") == "gzip")
      let reply = try #require(Self.frames(response.body).first)
      #expect(reply.flags == 1)
      #expect(try unsafe gzip.decode(reply.content.span.bytes, limit: 10_000) == bytes)
    }
  }

  @Test func `a body in a content-encoding is refused`() async throws {
    try await TestBed.run(webProtocols: [.grpcWeb]) { bed in
      let head = Self.head().with("content-encoding", "gzip")
      let response = await RawCall.exchange(bed, head: head, chunks: [frame("hi")])
      #expect(response.status == 12)
    }
  }

  @Test func `another method than POST gets 405`() async throws {
    try await TestBed.run(webProtocols: [.grpcWeb]) { bed in
      let head = Self.head().with(":method", "PUT")
      let response = await RawCall.exchange(bed, head: head, chunks: [frame("hi")])
      #expect(response.headers == [":status": "405", "allow": "POST"])
    }
  }

  @Test func `a deadline ends the call`() async throws {
    try await TestBed.run(TestEcho.waiting(), webProtocols: [.grpcWeb]) { bed in
      let head = Self.head().with("grpc-timeout", "1S")
      let call = RawCall(bed, head: head, chunks: [frame("hi")])
      await bed.loop.settle()
      bed.loop.advance(by: .seconds(2))
      #expect(await call.end().status == 4)
    }
  }

  @Test func `a client that goes away cancels the handler`() async throws {
    let (started, cancelled) = (Signal(), Signal())
    try await TestBed.run(TestEcho.waiting(started, cancelled), webProtocols: [.grpcWeb]) { bed in
      let call = RawCall(bed, head: Self.head("Chat"), keepOpen: true)
      await started.wait()
      call.reset()
      await cancelled.wait()
      let summary = await bed.summaries.next()
      #expect(summary?.code == .cancelled && summary?.webProtocol == .grpcWeb)
    }
  }

  @Test func `a message above the limit is RESOURCE_EXHAUSTED`() async throws {
    var limits = RPCLimits()
    limits.maxReceiveMessageBytes = 100
    try await TestBed.run(limits: limits, webProtocols: [.grpcWeb]) { bed in
      let message = frame(String(repeating: "x", count: 200))
      let response = await RawCall.exchange(bed, head: Self.head(), chunks: [message])
      #expect(response.status == 8)
    }
  }

  @Test func `a server without it answers 415`() async throws {
    try await TestBed.run(webProtocols: [.connect]) { bed in
      let response = await RawCall.exchange(bed, head: Self.head(), chunks: [frame("hi")])
      #expect(response.header(":status") == "415")
    }
  }
}
