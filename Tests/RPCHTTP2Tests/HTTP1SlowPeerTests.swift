import EventLoop
import HTTP2
import Protobuf
import RPC
import Testing
import Wire

@testable import RPCHTTP2

/// Peers that do everything over HTTP/1.1, but as slowly as they can: they end as over HTTP/2.
@Suite(.timeLimit(.minutes(2))) struct HTTP1SlowPeerTests {
  private static func limits(_ change: (inout ConnectionLimits) -> Void) -> ConnectionLimits {
    var limits = ConnectionLimits()
    change(&limits)
    return limits
  }

  /// Sends bytes, and a piece again and again, until the server ends the connection.
  ///
  /// - Returns: what the server has said.
  private static func drip(
    _ begun: [UInt8], _ piece: [UInt8] = [], to address: SocketAddress
  ) async throws -> String {
    let socket = try Socket(connectingTo: address)
    defer { socket.close() }
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    var answer: [UInt8] = []
    var sent = 0
    while true {
      if sent < begun.count {
        sent += try socket.write(begun, from: sent)
      } else {
        _ = try? socket.write(piece)
      }
      switch try? socket.read(into: &buffer) {
      case .bytes(let count): answer += buffer[..<count]
      case .wouldBlock: break
      case .end, nil: return String(decoding: answer, as: UTF8.self)
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  // MARK: Readers

  @Test func `a client that reads byte after byte is closed`() async throws {
    var script = MemoryChannel.Script()
    script.capacity = 1000
    let limits = Self.limits {
      $0.handshakeTimeout = .seconds(3600)
      $0.stalledWriteTimeout = .milliseconds(100)
    }
    try await MemoryFixture.run(server: script, limits: limits) { fixture in
      await fixture.accept()
      await fixture.see { fixture in
        _ = try? fixture.channels.client.write(Array(HTTP1Peer.request("/flood").utf8), from: 0)
      }
      let began = MonotonicTime.now()
      while fixture.serverReasons.current.isEmpty, MonotonicTime.now() - began < .seconds(10) {
        await fixture.see { fixture in
          var byte: [UInt8] = [0]
          _ = try? fixture.channels.client.read(into: &byte)
        }
        try await Task.sleep(for: .milliseconds(1))
      }
      #expect(fixture.serverReasons.current == ["the peer does not read"])
      #expect(await fixture.see { $0.server.refusals.counts[.stalledConnection] } == 1)
      #expect(fixture.handler.closed.current == [.connectionLost("the peer does not read")])
    }
  }

  /// SETTINGS with large windows, and one more for the connection.
  private static let largeWindows: [UInt8] =
    [0, 0, 6, 4, 0, 0, 0, 0, 0] + [0, 4, 0x7F, 0xFF, 0xFF, 0xFF]
    + [0, 0, 4, 8, 0, 0, 0, 0, 0] + [0x7F, 0xFF, 0, 0]

  @Test(arguments: [false, true])
  func `a client that reads too little is closed, over both versions of HTTP`(isHTTP2: Bool)
    async throws
  {
    let limits = Self.limits {
      $0.stalledWriteTimeout = .milliseconds(200)
      $0.leastProgressBytes = 1 << 40
    }
    try await ServerFixture.run(limits: limits) { fixture in
      let http2 =
        RawPeer.preface + Self.largeWindows
        + RawPeer.request([("x-path", "/flood")], endStream: true)
      let request = isHTTP2 ? http2 : Array(HTTP1Peer.request("/flood").utf8)
      let socket = try Socket(connectingTo: fixture.address)
      defer { socket.close() }
      var sent = 0
      while sent < request.count { sent += (try? socket.write(request, from: sent)) ?? 0 }
      // It takes something all the time.
      var buffer = [UInt8](repeating: 0, count: 16 * 1024)
      let began = MonotonicTime.now()
      while fixture.server.refusals[.stalledConnection] == 0,
        MonotonicTime.now() - began < .seconds(10)
      {
        _ = try? socket.read(into: &buffer)
        try await Task.sleep(for: .milliseconds(2))
      }
      #expect(fixture.server.refusals[.stalledConnection] == 1)
      await fixture.waitForEvent { $0.closeReason == "the peer does not read" }
    }
  }

  @Test func `an answer that is quiet behind the peer's end is closed`() async throws {
    let limits = Self.limits { $0.stalledWriteTimeout = .milliseconds(100) }
    try await ServerFixture.run(limits: limits) { fixture in
      let socket = try Socket(connectingTo: fixture.address)
      defer { socket.close() }
      let request = Array(HTTP1Peer.request("/quiet").utf8)
      var sent = 0
      while sent < request.count { sent += (try? socket.write(request, from: sent)) ?? 0 }
      socket.shutdownWrite()
      await fixture.waitForEvent {
        $0.closeReason == "the peer has ended its half, and no answer comes"
      }
    }
  }

  // MARK: Senders

  private static let chunked = ["Transfer-Encoding: chunked"]

  @Test func `trailers that do not come to their end get 408`() async throws {
    let limits = Self.limits { $0.headerBlockTimeout = .milliseconds(40) }
    for end in ["0\r\n", "0\r\nX: "] {
      try await ServerFixture.run(limits: limits) { fixture in
        let request = HTTP1Peer.request("/unary", fields: Self.chunked) + "1\r\na\r\n" + end
        let answer = try await Self.drip(Array(request.utf8), to: fixture.address)
        #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
        await fixture.waitForEvent(\.isClosed)
        #expect(fixture.server.refusals[.headerBlockTimeout] == 1)
        #expect(fixture.handler.closed.current == [.connectionLost("trailers take too long")])
      }
    }
  }

  @Test func `trailers that take too long cut an answer short that has begun`() async throws {
    let limits = Self.limits { $0.headerBlockTimeout = .milliseconds(40) }
    try await ServerFixture.run(limits: limits) { fixture in
      let request = HTTP1Peer.request("/echo", fields: Self.chunked) + "1\r\na\r\n0\r\nX: "
      let answer = try await Self.drip(Array(request.utf8), Array("y".utf8), to: fixture.address)
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && !answer.contains("0\r\n\r\n"))
      await fixture.waitForEvent { $0.closeReason == "trailers take too long" }
      #expect(fixture.server.refusals[.headerBlockTimeout] == 1)
    }
  }

  @Test func `trailers that end in time leave no trace`() async throws {
    try await ContextFixture.run(ConnectionLimits()) { fixture in
      let peer = HTTP1Peer(try await fixture.silentPeer())
      try await peer.send(HTTP1Peer.request("/wait", fields: Self.chunked) + "1\r\na\r\n0\r\n")
      await fixture.wait { $0.http1.all.first?.headSince != nil && $0.http1.all[0].stream != nil }
      try await peer.send("\r\n")
      await fixture.wait { $0.http1.all[0].requestIsComplete }
      #expect(await fixture.see { $0.http1.all[0].headSince } == nil)
      fixture.handler.release()
      #expect(try await peer.response().body == "a")
    }
  }

  @Test func `a call that never reads is ended when the server holds too much for it`() async throws
  {
    let limits = Self.limits {
      $0.maxHeldBytes = 50_000
      $0.unreadTimeout = .milliseconds(40)
    }
    try await ServerFixture.run(limits: limits) { fixture in
      let request = HTTP1Peer.request("/sink", body: String(repeating: "x", count: 200_000))
      let answer = try await Self.drip(Array(request.utf8), to: fixture.address)
      #expect(answer == "")
      await fixture.waitForEvent(\.isClosed)
      #expect(fixture.server.refusals[.unreadStream] == 1)
      #expect(fixture.handler.closed.current == [.resetLocally])
    }
  }

  @Test func `a call may leave what it has unread as long as the server holds little`() async throws
  {
    let limits = Self.limits { $0.unreadTimeout = .milliseconds(20) }
    try await ServerFixture.run(limits: limits) { fixture in
      let peer = try HTTP1Peer(fixture.address)
      try await peer.send(HTTP1Peer.request("/wait", body: "hi"))
      await fixture.handler.waitUntilOpened(1)
      try await Task.sleep(for: .milliseconds(100))
      fixture.handler.release()
      #expect(try await peer.response().body == "hi")
    }
  }

  /// A request whose body comes byte by byte, and the answer to it.
  struct Dribble: CustomTestStringConvertible, Sendable {
    var testDescription: String
    let head: [UInt8]
    /// With one byte of the body.
    let piece: [UInt8]
    /// A part of it; nil where HPACK hides it.
    let answer: String?

    static func http1(
      _ type: String, _ path: String, _ answer: String, prefix: [UInt8] = []
    ) -> Dribble {
      let head =
        "POST \(path) HTTP/1.1\r\nHost: h\r\nContent-Type: \(type)\r\nContent-Length: 100000\r\n\r\n"
      return Dribble(
        testDescription: "\(type) over HTTP/1.1", head: Array(head.utf8) + prefix, piece: [0],
        answer: answer)
    }

    static let all = [
      http1("application/json", "/", "HTTP/1.1 408 "),
      http1(
        "application/grpc-web+proto", "/test.Dribble/Unary", "grpc-status: 4\r\n",
        prefix: [0, 0, 0, 16, 0]),
      http1("application/proto", "/test.Dribble/Unary", "deadline_exceeded"),
      http1(
        "application/connect+proto", "/test.Dribble/Collect", "deadline_exceeded",
        prefix: [0, 0, 0, 16, 0]),
      Dribble(
        testDescription: "a body over HTTP/2",
        head: RawPeer.preface + RawPeer.settings + RawPeer.request(endStream: false),
        piece: [0, 0, 1, 0, 0, 0, 0, 0, 1, 0], answer: nil),
    ]
  }

  @Test(arguments: Dribble.all)
  func `a body that comes byte by byte ends its call, over both versions of HTTP`(
    dribble: Dribble
  ) async throws {
    let loops = try EventLoopGroup(count: 1)
    let connections = Self.limits { $0.idleTimeout = .milliseconds(40) }
    let transport = try HTTP2ServerTransport(
      addresses: [try #require(SocketAddress("127.0.0.1:0"))], loops: loops.loops,
      limits: connections)
    var limits = RPCLimits()
    limits.requestMessageTimeout = .milliseconds(100)
    let server = RPCServer(
      transports: [transport], services: [DribbleService()], limits: limits,
      webProtocols: [.grpcWeb, .connect], httpHandler: Unanswered(),
      web: WebPolicy(hosts: [.any]))
    let serving = Task { try await server.serve() }
    let began = MonotonicTime.now()
    let answer = try await Self.drip(
      dribble.head, dribble.piece, to: transport.listeningAddresses[0])
    #expect(MonotonicTime.now() - began >= limits.requestMessageTimeout)
    if let expected = dribble.answer { #expect(answer.contains(expected)) }
    #expect(server.refusals[.slowMessage] == 1)
    server.beginGracefulShutdown()
    try await serving.value
    await loops.shutdown()
  }
}

private struct Unanswered: HTTPHandler {
  func respond(to request: HTTPRequest) async -> HTTPResponse { HTTPResponse(status: 500) }
}

private struct DribbleService: RegistrableService {
  static let name = "test.Dribble"
  static let unary = MethodDescriptor(service: name, method: "Unary", kind: .unary)
  static let collect = MethodDescriptor(service: name, method: "Collect", kind: .clientStreaming)

  func register(in router: inout Router) {
    router.unary(Self.unary) { (request: StringValue, _) -> StringValue in request }
    router.clientStreaming(Self.collect) {
      (requests: RequestStream<StringValue>, _) -> StringValue in
      for try await _ in requests {}
      return StringValue()
    }
  }
}
