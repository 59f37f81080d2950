import Protobuf
import RPC
import Testing
import Wire

/// Metadata in both directions.
@Suite(.timeLimit(.minutes(2))) struct MetadataExchangeTests {
  @Test func `metadata goes there and back, text and binary`() async throws {
    var echo = TestEcho()
    echo.onUnary = { request, context in
      var initial = Metadata()
      try initial.add("greeting", context.metadata["name"] ?? "nobody")
      await context.setInitialMetadata(initial)
      var trailing = Metadata()
      for value in context.metadata.binaryValues("data-bin") {
        try trailing.addBinary("back-bin", value.reversed())
      }
      await context.setTrailingMetadata(trailing)
      return request
    }
    try await TestBed.run(echo) { bed in
      let seen = Recorder<Metadata>()
      var options = CallOptions()
      try options.metadata.add("name", "tester")
      try options.metadata.addBinary("data-bin", [1, 2, 3])
      try options.metadata.addBinary("data-bin", [0xFF])
      options.onInitialMetadata = { seen.add($0) }
      options.onTrailingMetadata = { seen.add($0) }
      _ = try await bed.echo.unary(StringValue("x"), options: options)
      let all = await seen.take(2)
      #expect(all[0].values("greeting") == ["tester"])
      #expect(all[1].binaryValues("back-bin") == [[3, 2, 1], [0xFF]])
    }
  }

  @Test func `metadata of a failure arrives with it`() async throws {
    var echo = TestEcho()
    echo.onUnary = { _, context in
      var trailing = Metadata()
      try trailing.add("retry-after", "5")
      await context.setTrailingMetadata(trailing)
      var metadata = Metadata()
      try metadata.add("cause", "test")
      throw RPCError(.unavailable, "later", metadata: metadata)
    }
    try await TestBed.run(echo) { bed in
      let error = await rpcError { try await bed.echo.unary(StringValue("x")) }
      #expect(error?.metadata["retry-after"] == "5")
      #expect(error?.metadata["cause"] == "test")
    }
  }

  @Test func `a client's metadata sent back injects nothing`() async throws {
    var echo = TestEcho()
    echo.onUnary = { request, context in
      await context.setInitialMetadata(context.metadata)
      await context.setTrailingMetadata(context.metadata)
      return request
    }
    try await TestBed.run(echo) { bed in
      let head = RawCall.head.with("grpc-status", "9").with("grpc-timeout", "1H").with("a", "1")
      let response = await RawCall.exchange(bed, head: head, chunks: [frame("x")])
      #expect(
        response.headers
          == [":status": "200", "content-type": "application/grpc", "a": "1"])
      #expect(response.trailers == ["grpc-status": "0", "a": "1"])
    }
  }

  @Test func `invalid text in a client's metadata does not fail the call`() async throws {
    var echo = TestEcho()
    echo.onUnary = { _, context in StringValue(context.metadata["a"] ?? "none") }
    try await TestBed.run(echo) { bed in
      var head = RawCall.head
      head.append("a".utf8, [0xC3, 0x28, 0x01])
      let response = await RawCall.exchange(bed, head: head, chunks: [frame("x")])
      #expect(response.status == 0 && response.body == frame("\u{FFFD}(\u{1}"))
    }
  }

  @Test func `a response stream has its metadata before and after`() async throws {
    var echo = TestEcho()
    echo.onExpand = { _, responses, context in
      var initial = Metadata()
      try initial.add("at", "start")
      await context.setInitialMetadata(initial)
      try await responses.write(StringValue("x"))
      var trailing = Metadata()
      try trailing.add("at", "end")
      await context.setTrailingMetadata(trailing)
    }
    try await TestBed.run(echo) { bed in
      try await bed.echo.expand(StringValue("x")) { responses in
        let found1 = try await responses.initialMetadata()["at"]
        #expect(found1 == "start")
        for try await _ in responses {}
        #expect(await responses.trailingMetadata()?["at"] == "end")
      }
    }
  }

  @Test func `an empty stream with initial metadata still has a header block`() async throws {
    var echo = TestEcho()
    echo.onExpand = { _, _, context in
      var initial = Metadata()
      try initial.add("at", "start")
      await context.setInitialMetadata(initial)
    }
    try await TestBed.run(echo) { bed in
      let head = RawCall.head.with(":path", "/test.v1.Echo/Expand")
      let response = await RawCall.exchange(bed, head: head, chunks: [frame("x")])
      #expect(response.header("at") == "start" && response.trailer("grpc-status") == "0")
    }
  }
}
