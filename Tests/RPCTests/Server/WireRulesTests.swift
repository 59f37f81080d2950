import RPC
import RPCInProcess
import TestBasics
import Testing
import Wire

/// Answers to requests that break a rule, octet by octet.
@Suite(.timeLimit(.minutes(2))) struct WireRulesTests {
  private static let head = RawCall.head

  @Test func `a good reply is headers, message, trailers`() async throws {
    try await TestBed.run { bed in
      let response = await RawCall.exchange(bed, chunks: [frame("hi")])
      #expect(response.headers == [":status": "200", "content-type": "application/grpc"])
      #expect(response.body == frame("hi"))
      #expect(response.trailers == ["grpc-status": "0"])
      #expect(response.closed == .finished)
    }
  }

  @Test(arguments: 1...8)
  func `a request may come in chunks of any size`(size: Int) async throws {
    try await TestBed.run { bed in
      let wire = frame("hello")
      let chunks = stride(from: 0, to: wire.count, by: size).map {
        Array(wire[$0..<min($0 + size, wire.count)])
      }
      let response = await RawCall.exchange(bed, chunks: chunks)
      #expect(response.status == 0 && response.body == wire)
    }
  }

  @Test(arguments: [
    "application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8",
  ])
  func `a gRPC content type is served`(type: String) async throws {
    try await TestBed.run { bed in
      let head = Self.head.with("content-type", type)
      let response = await RawCall.exchange(bed, head: head, chunks: [frame("hi")])
      #expect(response.status == 0)
    }
  }

  @Test(arguments: ["application/json", "application/grpc-web", "text/html", nil])
  func `another content type gets 415 without gRPC framing`(type: String?) async throws {
    try await TestBed.run { bed in
      let head = Self.head.with("content-type", type)
      let response = await RawCall.exchange(bed, head: head, chunks: [frame("hi")])
      #expect(response.headers == [":status": "415"])
      #expect(response.trailers == nil && response.body.isEmpty)
      let summary = await bed.summaries.next()
      #expect(summary?.httpStatus == 415 && summary?.path == "/test.v1.Echo/Unary")
    }
  }

  @Test(arguments: ["GET", "PUT", "post", "CONNECT"])
  func `another method than POST gets 405`(method: String) async throws {
    try await TestBed.run { bed in
      let head = Self.head.with(":method", method)
      let response = await RawCall.exchange(bed, head: head, endStream: true)
      #expect(response.headers == [":status": "405", "allow": "POST"])
    }
  }

  @Test(arguments: [
    ("/test.v1.Echo/Nothing", "unknown method Nothing of service test.v1.Echo"),
    ("/test.v1.Other/Unary", "unknown service test.v1.Other"),
    ("/test.v1.Echo/Unary/", "malformed method name"), ("/", "malformed method name"),
    ("", "malformed method name"), ("test.v1.Echo/Unary", "malformed method name"),
    ("/test.v1.Echo/Unary?a=b", "unknown method Unary?a=b of service test.v1.Echo"),
  ])
  func `an unknown method is UNIMPLEMENTED, trailers only`(
    path: String, message: String
  ) async throws {
    try await TestBed.run { bed in
      let head = Self.head.with(":path", path)
      let response = await RawCall.exchange(bed, head: head, chunks: [frame("hi")])
      #expect(response.status == 12 && response.isTrailersOnly)
      #expect(response.header(":status") == "200")
      #expect(response.message == message)
      let summary = await bed.summaries.next()
      #expect(summary?.code == .unimplemented && summary?.method == nil)
    }
  }

  @Test(arguments: StatusCode.allCases.filter { $0 != .ok })
  func `every status has HTTP status 200`(code: StatusCode) async throws {
    var echo = TestEcho()
    echo.onUnary = { _, _ in throw RPCError(code) }
    try await TestBed.run(echo) { bed in
      let response = await RawCall.exchange(bed, chunks: [frame("hi")])
      #expect(response.status == Int(code.rawValue) && response.isTrailersOnly)
      #expect(response.header(":status") == "200")
    }
  }

  @Test(arguments: ["123456789S", "1", "S", "-1S", "1x", ""])
  func `a malformed grpc-timeout is INTERNAL`(timeout: String) async throws {
    try await TestBed.run { bed in
      let head = Self.head.with("grpc-timeout", timeout)
      let response = await RawCall.exchange(bed, head: head, chunks: [frame("hi")])
      #expect(response.status == 13 && response.message == "malformed grpc-timeout")
    }
  }

  @Test func `another encoding than identity is UNIMPLEMENTED and told what there is`() async throws
  {
    try await TestBed.run { bed in
      let head = Self.head.with("grpc-encoding", "gzip")
      let response = await RawCall.exchange(bed, head: head, chunks: [frame("hi", flags: 1)])
      #expect(response.status == 12)
      #expect(response.header("grpc-accept-encoding") == "identity")
      let identity = Self.head.with("grpc-encoding", "identity")
      let good = await RawCall.exchange(bed, head: identity, chunks: [frame("hi")])
      #expect(good.status == 0)
    }
  }

  @Test(arguments: [1, 2, 128, 255] as [UInt8], ["Unary", "Collect", "Expand", "Chat"])
  func `flags without an encoding are INTERNAL`(flags: UInt8, method: String) async throws {
    try await TestBed.run { bed in
      let head = Self.head.with(":path", "/test.v1.Echo/" + method)
      let response = await RawCall.exchange(bed, head: head, chunks: [frame("hi", flags: flags)])
      #expect(response.status == 13)
    }
  }

  @Test(arguments: ["Unary", "Expand"])
  func `no message or two are UNIMPLEMENTED where there is to be one`(method: String) async throws {
    try await TestBed.run { bed in
      let head = Self.head.with(":path", "/test.v1.Echo/" + method)
      let none = await RawCall.exchange(bed, head: head)
      #expect(none.status == 12 && none.message == "the request has no message")
      let bare = await RawCall.exchange(bed, head: head, endStream: true)
      #expect(bare.status == 12)
      let two = await RawCall.exchange(bed, head: head, chunks: [frame("a"), frame("b")])
      #expect(two.status == 12 && two.message == "the request has more than one message")
      let joined = await RawCall.exchange(bed, head: head, chunks: [frame("a") + frame("b")])
      #expect(joined.status == 12)
    }
  }

  @Test(arguments: ["Unary", "Collect", "Expand", "Chat"])
  func `a message over the limit is RESOURCE_EXHAUSTED from its prefix`(
    method: String
  ) async throws {
    var limits = RPCLimits()
    limits.maxReceiveMessageBytes = 100
    try await TestBed.run(limits: limits) { bed in
      let head = Self.head.with(":path", "/test.v1.Echo/" + method)
      let chunk = prefix(length: 101)
      let response = await RawCall.exchange(bed, head: head, chunks: [chunk], keepOpen: true)
      #expect(response.status == 8)
      #expect(response.closed == .resetByPeer(code: 0))
    }
  }

  @Test func `the default limit is 4 MiB`() async throws {
    try await TestBed.run { bed in
      let over = prefix(length: 4 << 20 + 1)
      #expect(await RawCall.exchange(bed, chunks: [over], keepOpen: true).status == 8)
    }
  }

  @Test(arguments: ["Unary", "Collect", "Expand", "Chat"], [1, 4, 5, 8])
  func `a stream that ends inside a message is INTERNAL`(method: String, count: Int) async throws {
    try await TestBed.run { bed in
      let head = Self.head.with(":path", "/test.v1.Echo/" + method)
      let chunk = Array(frame("hello").prefix(count))
      let response = await RawCall.exchange(bed, head: head, chunks: [chunk])
      #expect(response.status == 13 && response.message == "the stream ended inside a message")
    }
  }

  @Test(arguments: ["Unary", "Collect", "Expand", "Chat"])
  func `a message that cannot be decoded is INTERNAL, and no error of the server's`(
    method: String
  ) async throws {
    try await TestBed.run { bed in
      let head = Self.head.with(":path", "/test.v1.Echo/" + method)
      let chunk = frame([0x0A, 0x05, 0x41])
      let response = await RawCall.exchange(bed, head: head, chunks: [chunk])
      #expect(response.status == 13)
      #expect(response.message == "a message cannot be decoded: malformed protobuf")
      #expect(response.header("grpc-status-details-bin") == nil)
      let summary = await bed.summaries.next()
      #expect(summary?.code == .internal && summary?.error == nil)
    }
  }

  @Test func `an early reply resets a stream that is still sending`() async throws {
    var echo = TestEcho()
    echo.onCollect = { _, _ in throw RPCError(.permissionDenied, "no") }
    try await TestBed.run(echo) { bed in
      let head = Self.head.with(":path", "/test.v1.Echo/Collect")
      let response = await RawCall.exchange(
        bed, head: head, chunks: [frame("a")], keepOpen: true)
      #expect(response.status == 7 && response.closed == .resetByPeer(code: 0))
    }
  }

  @Test(arguments: 0..<40)
  func `random requests get a status and the server goes on`(seed: UInt64) async throws {
    try await TestBed.run { bed in
      var random = SeededRandom(seed: seed)
      let methods = ["Unary", "Collect", "Expand", "Chat"]
      for _ in 0..<10 {
        let head = Self.head.with(
          ":path", "/test.v1.Echo/" + methods[Int.random(in: 0..<4, using: &random)])
        var wire = frame(random.bytes(Int.random(in: 0..<30, using: &random)))
        wire += frame("good")
        wire[Int.random(in: 0..<wire.count, using: &random)] = UInt8.random(
          in: 0...3, using: &random)
        let cut = Int.random(in: 0...wire.count, using: &random)
        let chunks = [Array(wire[..<cut]), Array(wire[cut...])]
        let response = await RawCall.exchange(bed, head: head, chunks: chunks)
        #expect(response.status != nil)
      }
      #expect(await RawCall.exchange(bed, chunks: [frame("hi")]).status == 0)
    }
  }
}
