import Protobuf
import RPC
import RPCInProcess
import Testing
import Wire

/// Messages in an encoding that the call names: a simple one, in which a byte and a count stand for
/// a run.
@Suite(.timeLimit(.minutes(2))) struct MessageEncodingTests {
  private struct Runs: MessageEncoding {
    let name = "runs"

    func decode(_ bytes: RawSpan, limit: Int) throws(MessageEncodingError) -> [UInt8] {
      let pairs = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
      guard pairs.count.isMultiple(of: 2) else { throw .malformed }
      var message: [UInt8] = []
      for start in stride(from: 0, to: pairs.count, by: 2) {
        message += Array(repeating: pairs[start], count: Int(pairs[start + 1]))
        if message.count > limit { throw .tooLarge }
      }
      return message
    }

    func encode(_ message: RawSpan) -> [UInt8] {
      var pairs: [UInt8] = []
      for byte in unsafe message.withUnsafeBytes({ unsafe Array($0) }) {
        if let last = pairs.indices.last, pairs[last - 1] == byte, pairs[last] < 255 {
          pairs[last] += 1
        } else {
          pairs += [byte, 1]
        }
      }
      return pairs
    }
  }

  private static let head = RawCall.head.with("grpc-encoding", "runs")

  private static func encoded(_ text: String) -> [UInt8] {
    let message = StringValue(text).serialized()
    return frame(message.withSpan(0..<message.count) { Runs().encode($0) }, flags: 1)
  }

  @Test(arguments: [1, 3, 1000])
  func `a message that is marked is decoded, in whatever pieces it comes`(size: Int) async throws {
    try await TestBed.run(encodings: [Runs()]) { bed in
      let wire = Self.encoded("hello")
      let chunks = stride(from: 0, to: wire.count, by: size).map {
        Array(wire[$0..<min($0 + size, wire.count)])
      }
      let response = await RawCall.exchange(bed, head: Self.head, chunks: chunks)
      #expect(response.status == 0 && response.body == frame("hello"))
      #expect(response.header("grpc-accept-encoding") == "identity,runs")
      // A message without the flag is not encoded.
      let plain = await RawCall.exchange(bed, head: Self.head, chunks: [frame("hello")])
      #expect(plain.status == 0 && plain.body == frame("hello"))
    }
  }

  @Test func `each message of a stream says for itself whether it is encoded`() async throws {
    try await TestBed.run(encodings: [Runs()]) { bed in
      let head = Self.head.with(":path", "/test.v1.Echo/Chat")
      let response = await RawCall.exchange(
        bed, head: head, chunks: [Self.encoded("a") + frame("b"), Self.encoded("c")])
      #expect(response.body == frame("re: a") + frame("re: b") + frame("re: c"))
    }
  }

  @Test func `the limit counts what a message becomes`() async throws {
    var limits = RPCLimits()
    limits.maxReceiveMessageBytes = 100
    try await TestBed.run(limits: limits, encodings: [Runs()]) { bed in
      let bomb = frame([65, 255, 65, 255], flags: 1)
      let response = await RawCall.exchange(bed, head: Self.head, chunks: [bomb])
      #expect(response.status == 8)
      #expect(
        response.message
          == "a message is larger when it is decompressed than the limit of 100 bytes")
      #expect(await bed.summaries.next()?.error == nil)
    }
  }

  @Test func `what is not in the encoding is the client's fault`() async throws {
    try await TestBed.run(encodings: [Runs()]) { bed in
      let odd = await RawCall.exchange(bed, head: Self.head, chunks: [frame([1, 2, 3], flags: 1)])
      #expect(odd.status == 13)
      let unnamed = await RawCall.exchange(bed, chunks: [Self.encoded("a")])
      #expect(unnamed.status == 13)
      let other = RawCall.head.with("grpc-encoding", "zip")
      let unknown = await RawCall.exchange(bed, head: other, chunks: [frame("a")])
      #expect(unknown.status == 12)
      #expect(unknown.header("grpc-accept-encoding") == "identity,runs")
    }
  }

  @Test func `a handler chooses the encoding of its reply, if the client lists it`() async throws {
    var echo = TestEcho()
    let chosen = Recorder<Bool>()
    echo.onUnary = { request, context in
      chosen.add(await context.encodeResponse(as: request.value))
      return StringValue("yyyyyyyes")
    }
    try await TestBed.run(echo, encodings: [Runs()]) { bed in
      let accepting = RawCall.head.with("grpc-accept-encoding", "identity, runs")
      let response = await RawCall.exchange(bed, head: accepting, chunks: [frame("runs")])
      #expect(
        response.header("grpc-encoding") == "runs" && response.body == Self.encoded("yyyyyyyes"))
      let other = await RawCall.exchange(bed, head: accepting, chunks: [frame("zip")])
      #expect(other.header("grpc-encoding") == nil && other.body == frame("yyyyyyyes"))
      let silent = await RawCall.exchange(bed, chunks: [frame("runs")])
      #expect(silent.header("grpc-encoding") == nil && silent.body == frame("yyyyyyyes"))
      #expect(await chosen.take(3) == [true, false, false])
    }
  }
}

/// Headers that are sent before the first message.
@Suite(.timeLimit(.minutes(2))) struct InitialMetadataTests {
  @Test func `a client that waits for the metadata before it talks gets it`() async throws {
    var echo = TestEcho()
    echo.onChat = { requests, responses, context in
      var metadata = Metadata()
      try metadata.add("greeting", "hello")
      await context.setInitialMetadata(metadata)
      await context.sendInitialMetadata()
      await context.sendInitialMetadata()
      for try await request in requests { try await responses.write(request) }
    }
    try await TestBed.run(echo) { bed in
      let replies = try await bed.echo.chat { requests, responses in
        let greeting = try await responses.initialMetadata()["greeting"]
        try await requests.write(StringValue(greeting ?? "nothing"))
        await requests.finish()
        return try await responses.reduce(into: []) { $0.append($1.value) }
      }
      #expect(replies == ["hello"])
    }
  }

  @Test func `the status of a call whose block has left is in its trailers`() async throws {
    var echo = TestEcho()
    echo.onUnary = { _, context in
      await context.sendInitialMetadata()
      throw RPCError(.notFound, "no")
    }
    try await TestBed.run(echo) { bed in
      let response = await RawCall.exchange(bed, chunks: [frame("x")])
      #expect(!response.isTrailersOnly && response.trailer("grpc-status") == "5")
    }
  }
}
