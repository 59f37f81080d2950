import Protobuf
import RPC
import RPCCompression
import RPCInProcess
import Testing
import Wire

/// Calls whose messages are compressed, both ways, with the encodings that every gRPC has.
@Suite(.timeLimit(.minutes(2))) struct CompressionTests {
  /// A text of that many bytes that is compressed to a few.
  private static func text(_ count: Int) -> StringValue {
    StringValue(String(repeating: "trackd ", count: count / 7))
  }

  /// A text of that many bytes that no compression makes much smaller.
  private static func noise(_ count: Int) -> StringValue {
    var state: UInt64 = 88_172_645_463_325_252
    return StringValue(
      String(
        decoding: (0..<count).map { _ in
          state ^= state << 13
          state ^= state >> 7
          state ^= state << 17
          return UInt8(33 + state % 90)
        }, as: UTF8.self))
  }

  private static func client(_ bed: TestBed) -> EchoClient {
    EchoClient(RPCClient(transport: bed.transport.client, encodings: ZlibEncoding.all))
  }

  private static func options(_ encoding: String?, _ seen: Recorder<Bool>? = nil) -> CallOptions {
    var options = CallOptions()
    options.encoding = encoding
    options.onMessage = { seen?.add($0) }
    return options
  }

  @Test(arguments: ["gzip", "deflate"], [2000, 60_000, 100_000, 3_000_000])
  func `requests and replies are compressed, large ones off the loop`(
    encoding: String, size: Int
  ) async throws {
    let compressed = Recorder<Bool>()
    var echo = TestEcho()
    echo.onUnary = { request, context in
      compressed.add(await context.requestWasCompressed())
      return request
    }
    try await TestBed.run(echo, encodings: ZlibEncoding.all) { bed in
      for message in [Self.text(size), Self.noise(size)] {
        let replies = Recorder<Bool>()
        let options = Self.options(encoding, replies)
        #expect(try await Self.client(bed).unary(message, options: options) == message)
        #expect(await replies.take(1) == [true])
        #expect(await compressed.take(1) == [true])
        let summary = try #require(await bed.summaries.next())
        #expect(summary.code == .ok && summary.bytesReceived < size && summary.bytesSent < size)
      }
    }
  }

  @Test func `a small reply, and one to a client that asks in plain, is sent as it is`()
    async throws
  {
    try await TestBed.run(encodings: ZlibEncoding.all) { bed in
      let replies = Recorder<Bool>()
      let client = Self.client(bed)
      _ = try await client.unary(Self.text(500), options: Self.options("gzip", replies))
      _ = try await client.unary(Self.text(50_000), options: Self.options(nil, replies))
      #expect(await replies.take(2) == [false, false])
    }
  }

  private struct AlwaysGzip: EchoServer {
    let echo = TestEcho()
    var responseCompression: ResponseCompression? {
      ResponseCompression(.encoding("gzip"), minimumBytes: 100)
    }
    func unary(_ request: StringValue, context: ServerContext) async throws -> StringValue {
      try await echo.unary(request, context: context)
    }
    func collect(
      _ requests: RequestStream<StringValue>, context: ServerContext
    ) async throws -> StringValue {
      try await echo.collect(requests, context: context)
    }
    func expand(
      _ request: StringValue, responses: ResponseWriter<StringValue>, context: ServerContext
    ) async throws {
      for size in [10, 200, 200_000] {
        try await responses.write(CompressionTests.text(size))
        try await responses.write(CompressionTests.text(size), isCompressed: false)
      }
    }
    func chat(
      _ requests: RequestStream<StringValue>, responses: ResponseWriter<StringValue>,
      context: ServerContext
    ) async throws {
      #expect(await context.encodeResponse(as: "identity"))
      try await echo.chat(requests, responses: responses, context: context)
    }
  }

  @Test func `a service has a choice of its own, and each message and handler another`()
    async throws
  {
    try await TestBed.run(AlwaysGzip(), encodings: ZlibEncoding.all) { bed in
      let client = Self.client(bed)
      let replies = Recorder<Bool>()
      let options = Self.options(nil, replies)
      _ = try await client.unary(Self.text(90), options: options)
      _ = try await client.unary(Self.text(100_000), options: options)
      #expect(await replies.take(2) == [false, true])
      let sizes = try await client.expand(StringValue(""), options: options) { responses in
        try await responses.reduce(into: []) { $0.append($1.value.utf8.count / 7 * 7) }
      }
      #expect(sizes == [7, 7, 196, 196, 199_997, 199_997])
      #expect(await replies.take(6) == [false, false, true, false, true, false])
      let chat = try await client.chat(options: options) { requests, responses in
        try await requests.write(Self.text(1000))
        await requests.finish()
        return try await responses.reduce(into: []) { $0.append($1.value) }
      }
      #expect(chat.count == 1)
      #expect(await replies.take(1) == [false])
    }
  }

  @Test func `nobody gets an encoding that was not listed`() async throws {
    try await TestBed.run(AlwaysGzip(), encodings: ZlibEncoding.all) { bed in
      let body = frame(Self.text(7000).value)
      for accepted in [nil, "identity", "deflate, br", "gzipped", "xgzip"] {
        let head = RawCall.head.with("grpc-accept-encoding", accepted)
        let response = await RawCall.exchange(bed, head: head, chunks: [body])
        #expect(response.header("grpc-encoding") == nil && response.body == body)
        #expect(response.header("grpc-accept-encoding") == "identity,gzip,deflate")
      }
      let head = RawCall.head.with("grpc-accept-encoding", "deflate,\tgzip ")
      let response = await RawCall.exchange(bed, head: head, chunks: [body])
      #expect(response.header("grpc-encoding") == "gzip" && response.body.first == 1)
    }
  }

  @Test(arguments: [5000, 200_000])
  func `each message of a stream may be compressed or not`(size: Int) async throws {
    let seen = Recorder<Bool>()
    var echo = TestEcho()
    echo.onChat = { requests, responses, context in
      for try await request in requests {
        let wasCompressed = await context.requestWasCompressed()
        seen.add(wasCompressed)
        try await responses.write(request, isCompressed: wasCompressed)
      }
    }
    try await TestBed.run(echo, encodings: ZlibEncoding.all) { bed in
      let replies = Recorder<Bool>()
      let count = try await Self.client(bed).chat(options: Self.options("gzip", replies)) {
        requests, responses in
        var iterator = responses.makeAsyncIterator()
        for isCompressed in [true, false, false, true] {
          try await requests.write(Self.text(size), isCompressed: isCompressed)
          #expect(try await iterator.next() == Self.text(size))
        }
        await requests.finish()
        return try await iterator.next() == nil
      }
      #expect(count)
      #expect(await seen.take(4) == [true, false, false, true])
      #expect(await replies.take(4) == [true, false, false, true])
    }
  }

  @Test(arguments: [90_000, 8_000_000])
  func `what is too large when it is decompressed is refused, by both sides`(size: Int)
    async throws
  {
    var limits = RPCLimits()
    limits.maxReceiveMessageBytes = size - 10_000
    try await TestBed.run(limits: limits, encodings: ZlibEncoding.all) { bed in
      let error = await #expect(throws: RPCError.self) {
        _ = try await Self.client(bed).unary(Self.text(size), options: Self.options("gzip"))
      }
      #expect(error?.code == .resourceExhausted)
    }
    try await TestBed.run(AlwaysGzip(), encodings: ZlibEncoding.all) { bed in
      var options = Self.options(nil)
      options.maxReceiveMessageBytes = size - 10_000
      let error = await #expect(throws: RPCError.self) {
        _ = try await Self.client(bed).unary(Self.text(size), options: options)
      }
      #expect(error?.code == .resourceExhausted)
    }
  }

  @Test func `a message that waits to be decompressed is one that the server holds`() async throws {
    let bytes = Self.noise(200_000).serialized()
    let gzip = ZlibEncoding.gzip()
    let encoded = bytes.withSpan(0..<bytes.count) { gzip.encode($0) }
    for (limit, status) in [(encoded.count, 0), (encoded.count - 1, 8)] {
      var limits = RPCLimits()
      limits.maxHeldRequestBytes = limit
      try await TestBed.run(limits: limits, encodings: [gzip], window: 1 << 20) { bed in
        let head = RawCall.head.with("grpc-encoding", "gzip")
        for _ in 0..<3 {
          let response = await RawCall.exchange(bed, head: head, chunks: [frame(encoded, flags: 1)])
          #expect(response.status == status)
        }
      }
    }
  }

  @Test func `a message that is not in its encoding ends the call`() async throws {
    try await TestBed.run(encodings: ZlibEncoding.all) { bed in
      for size in [10, 100_000] {
        let head = RawCall.head.with("grpc-encoding", "gzip")
        let bytes = [UInt8](repeating: 7, count: size)
        let response = await RawCall.exchange(bed, head: head, chunks: [frame(bytes, flags: 1)])
        #expect(response.status == 13)
        let next = await RawCall.exchange(bed, chunks: [frame("next")])
        #expect(next.status == 0)
      }
    }
  }

  @Test func `an encoding that a side does not have is told in words`() async throws {
    try await TestBed.run { bed in
      let unknown = await #expect(throws: RPCError.self) {
        _ = try await Self.client(bed).unary(Self.text(10), options: Self.options("br"))
      }
      #expect(unknown?.code == .internal)
      let refused = await #expect(throws: RPCError.self) {
        _ = try await Self.client(bed).unary(Self.text(10), options: Self.options("gzip"))
      }
      #expect(refused?.code == .unimplemented)
    }
  }
}
