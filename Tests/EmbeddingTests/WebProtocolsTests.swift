import EventLoop
import Protobuf
import RPC
import RPCHTTP2
import TestMessages
import Testing
import Wire

/// A generated service in every protocol, over sockets.
@Suite(.timeLimit(.minutes(2))) struct WebProtocolsTests {
  private func serve(
    limits: RPCLimits = RPCLimits(), _ body: (HTTP2ClientTransport) async throws -> Void
  ) async throws {
    let loops = try EventLoopGroup(count: 2)
    let loopback = try #require(SocketAddress("127.0.0.1:0"))
    let listening = try HTTP2ServerTransport(addresses: [loopback], loops: [loops.loops[0]])
    let server = RPCServer(
      transports: [listening], services: [EchoService()], limits: limits,
      webProtocols: [.grpcWeb, .connect])
    let transport = HTTP2ClientTransport(
      address: listening.listeningAddresses[0], loop: loops.loops[1])
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      group.addTask { try await transport.run() }
      do { try await body(transport) } catch { Issue.record(error) }
      transport.beginGracefulShutdown()
      server.beginGracefulShutdown()
      try await group.waitForAll()
    }
    await loops.shutdown()
  }

  private static let service = "/testing.v1.Echo/"

  private static func frame(_ content: [UInt8], flags: UInt8 = 0) -> [UInt8] {
    [flags] + (0..<4).reversed().map { UInt8(content.count >> ($0 * 8) & 0xFF) } + content
  }

  private static func frames(_ numbers: ClosedRange<Int32>, json: Bool) throws -> [UInt8] {
    try numbers.flatMap { number in
      let leaf = Leaf(number: number)
      return frame(json ? try leaf.jsonUTF8() : leaf.serialized())
    }
  }

  /// The sum of `1...count` as `Collect` answers it.
  private static func sum(_ sum: Int32, json: Bool) throws -> [UInt8] {
    var everything = Everything()
    everything.oneLeaf = Leaf(number: sum)
    return json ? try everything.jsonUTF8() : everything.serialized()
  }

  @Test(arguments: [false, true], [1, 300, 200_000])
  func `Connect's unary calls`(json: Bool, size: Int) async throws {
    try await serve { transport in
      var request = Everything()
      request.oneString = String(repeating: "é", count: size)
      let body = json ? try request.jsonUTF8() : request.serialized()
      let answer = await WebCall.make(
        transport, "POST", Self.service + "Say",
        ["content-type": json ? "application/json" : "application/proto"], body: body)
      #expect(answer.header(":status") == "200" && answer.body == body)
      #expect(answer.trailers == nil && answer.end == .finished)
    }
  }

  @Test func `Connect's GET is for methods whose contract says so`() async throws {
    try await serve { transport in
      let query = "?connect=v1&encoding=json&message=%7B%22oneString%22%3A%22hi%22%7D"
      let answer = await WebCall.make(transport, "GET", Self.service + "Say" + query)
      #expect(answer.text == #"{"oneString":"hi"}"#)
      let other = await WebCall.make(transport, "GET", Self.service + "Default" + query)
      #expect(other.header(":status") == "405" && other.header("allow") == "POST")
    }
  }

  @Test func `methods know what their contract promises`() {
    #expect(EchoMethods.say.idempotency == .noSideEffects)
    #expect(EchoMethods.default.idempotency == .idempotent)
    #expect(EchoMethods.collect.idempotency == .unknown)
  }

  @Test func `the elements of a message in JSON are bounded`() async throws {
    var limits = RPCLimits()
    limits.maxJSONElements = 10
    try await serve(limits: limits) { transport in
      func status(_ count: Int) async -> String? {
        let numbers = Array(repeating: "1", count: count).joined(separator: ",")
        return await WebCall.make(
          transport, "POST", Self.service + "Say", ["content-type": "application/json"],
          body: Array(#"{"repeatedInt32":[\#(numbers)]}"#.utf8)
        ).header(":status")
      }
      #expect(await status(5) == "200")
      #expect(await status(20) == "400")
    }
  }

  @Test func `Connect's errors have details`() async throws {
    try await serve { transport in
      let answer = await WebCall.make(
        transport, "POST", Self.service + "Default", ["content-type": "application/json"],
        body: Array("{}".utf8))
      #expect(answer.header(":status") == "400")
      #expect(answer.text.contains(#""code":"failed_precondition""#))
      #expect(answer.text.contains(#""debug":{"reason":"NO_DEFAULT","domain":"testing"}"#))
    }
  }

  @Test(arguments: [false, true]) func `Connect's streams`(json: Bool) async throws {
    try await serve { transport in
      let type: HeaderFields = [
        "content-type": json ? "application/connect+json" : "application/connect+proto"
      ]
      func call(_ method: String, _ body: [UInt8]) async -> [UInt8] {
        await WebCall.make(transport, "POST", Self.service + method, type, body: body).body
      }
      let end = Self.frame(Array("{}".utf8), flags: 2)
      let numbers = try Self.frames(1...500, json: json)
      let sum = try Self.frame(Self.sum(125_250, json: json))
      #expect(await call("Collect", numbers) == sum + end)
      #expect(await call("Chat", numbers) == numbers + end)
      let spread = await call("Spread", try Self.frame(Self.sum(1000, json: json)))
      let expected = try Self.frames(0...999, json: json)
      #expect(spread == expected + end)
    }
  }

  @Test(arguments: ["application/grpc-web+proto", "application/grpc-web-text+proto"])
  func `gRPC-Web's calls`(type: String) async throws {
    try await serve { transport in
      let isText = type.contains("text")
      func call(_ method: String, _ body: [UInt8]) async -> [UInt8] {
        let answer = await WebCall.make(
          transport, "POST", Self.service + method, ["content-type": type],
          body: isText ? Base64.json.encode(body) : body)
        #expect(answer.header("content-type") == type && answer.trailers == nil)
        guard isText else { return answer.body }
        var (decoder, bytes) = (Base64Decoder(), [UInt8]())
        try? decoder.decode(answer.body.span, into: &bytes)
        return bytes
      }
      let end = Self.frame(Array("grpc-status: 0\r\n".utf8), flags: 0x80)
      let numbers = try Self.frames(1...500, json: false)
      let sum = try Self.frame(Self.sum(125_250, json: false))
      #expect(await call("Say", sum) == sum + end)
      #expect(await call("Collect", numbers) == sum + end)
      #expect(await call("Chat", numbers) == numbers + end)
      let spread = await call("Spread", try Self.frame(Self.sum(1000, json: false)))
      let expected = try Self.frames(0...999, json: false)
      #expect(spread == expected + end)
    }
  }
}
