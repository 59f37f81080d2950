import EventLoop
import HTTP2
import Protobuf
import RPC
import RPCHTTP2
import Testing

/// Peers that do everything, but as slowly as they can; one timer each, over sockets.
@Suite(.timeLimit(.minutes(2))) struct SlowPeerTests {
  private static func limits(_ change: (inout ConnectionLimits) -> Void) -> ConnectionLimits {
    var limits = ConnectionLimits()
    change(&limits)
    return limits
  }

  /// SETTINGS with an initial window of 0.
  private static let noWindow: [UInt8] = [0, 0, 6, 4, 0, 0, 0, 0, 0] + [0, 4, 0, 0, 0, 0]
  /// One more byte for stream 1.
  private static let oneByte: [UInt8] = [0, 0, 4, 8, 0, 0, 0, 0, 1] + [0, 0, 0, 1]

  @Test func `a window that opens byte by byte ends its stream`() async throws {
    let limits = Self.limits {
      $0.stalledWriteTimeout = .milliseconds(200)
      $0.idleTimeout = .milliseconds(40)
    }
    try await ServerFixture.run(limits: limits) { fixture in
      let request = RawPeer.request([("x-path", "/flood")], endStream: true)
      let answer = try await RawPeer.talk(
        RawPeer.preface + Self.noWindow + request, dripping: Self.oneByte, to: fixture.address,
        on: fixture.clientLoop)
      #expect(fixture.handler.closed.current == [.resetLocally])
      // RST_STREAM of stream 1 with CANCEL.
      #expect(answer.contains([0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8]))
    }
  }

  @Test func `a peer that does not read its socket is closed`() async throws {
    let limits = Self.limits { $0.stalledWriteTimeout = .milliseconds(100) }
    try await ServerFixture.run(limits: limits) { fixture in
      let socket = try Socket(connectingTo: fixture.address)
      let large: [UInt8] = [0, 0, 6, 4, 0, 0, 0, 0, 0] + [0, 4, 0x7F, 0xFF, 0xFF, 0xFF]
      let update: [UInt8] = [0, 0, 4, 8, 0, 0, 0, 0, 0] + [0x7F, 0xFF, 0, 0]
      let request = RawPeer.request([("x-path", "/flood")], endStream: true)
      let bytes = RawPeer.preface + large + update + request
      var sent = 0
      while sent < bytes.count { sent += (try? socket.write(bytes, from: sent)) ?? 0 }
      await fixture.waitForEvent { $0.closeReason == "the peer does not read" }
      socket.close()
    }
  }

  @Test func `a call that never reads is reset when the server holds too much for it`() async throws
  {
    let limits = Self.limits {
      $0.maxHeldBytes = 50_000
      $0.unreadTimeout = .milliseconds(40)
    }
    try await ServerFixture.run(limits: limits) { fixture in
      try await fixture.client { client in
        let body = [UInt8](repeating: 1, count: 200_000)
        let reply = await client.call("/sink", on: fixture.clientLoop, body: [body]) { _ in }
        #expect(reply.reason == .resetByPeer(code: HTTP2ErrorCode.cancel.rawValue))
        // The connection is read again.
        let other = await client.call("/unary", on: fixture.clientLoop, body: [[1]])
        #expect(other.body == [1])
      }
    }
  }

  @Test func `a call that reads slowly goes on, however often its window is filled again`()
    async throws
  {
    let limits = Self.limits {
      $0.maxHeldBytes = 20_000
      $0.unreadTimeout = .milliseconds(150)
    }
    try await ServerFixture.run(limits: limits) { fixture in
      try await fixture.client { client in
        let body = [UInt8](repeating: 1, count: 400_000)
        let reply = await client.call("/sip", on: fixture.clientLoop, body: [body])
        #expect(reply.head["grpc-status"] == "0")
        #expect(reply.reason == .finished)
      }
    }
  }

  @Test func `a call may leave what it has unread as long as the server holds little`() async throws
  {
    let limits = Self.limits { $0.unreadTimeout = .milliseconds(20) }
    try await ServerFixture.run(limits: limits) { fixture in
      try await fixture.client { client in
        let call = Task {
          await client.call("/wait", on: fixture.clientLoop, body: [[1, 2, 3]])
        }
        await fixture.handler.waitUntilOpened(1)
        // Meanwhile the server looks more often than it would have to.
        for _ in 0..<20 {
          _ = await client.call("/unary", on: fixture.clientLoop, body: [[1]])
          try await Task.sleep(for: .milliseconds(5))
        }
        fixture.handler.release()
        #expect(await call.value.body == [1, 2, 3])
      }
    }
  }

  @Test func `a server that begins a header block and does not end it is left`() async throws {
    let loop = try EventLoop(name: "client")
    // HEADERS of ten bytes with PRIORITY, of which none comes.
    let headers: [UInt8] = [0, 0, 10, 1, 0x24, 0, 0, 0, 1]
    let server = try RawServer(on: loop, .says(RawPeer.settings + headers))
    let limits = Self.limits {
      $0.headerBlockTimeout = .milliseconds(40)
      $0.lingerTime = .milliseconds(40)
    }
    let client = HTTP2ClientTransport(address: server.address, loop: loop, limits: limits)
    let error = await #expect(throws: ClientTransportError.self) { try await client.run() }
    #expect(error?.reason.contains("a header block takes too long") == true)
    await server.stop()
    await loop.shutdown()
  }

  @Test(
    "a message that comes byte by byte ends its call, alone and in a stream",
    arguments: ["/test.Slow/Unary", "/test.Slow/Collect"])
  func dribbledMessage(path: String) async throws {
    try await withSlow { client, loop in
      let reply = await client.call(path, on: loop, body: [[0, 0, 0, 16, 0, 1]]) { stream in
        stream.drip(on: loop)
      }
      #expect(reply.head["grpc-status"] == "4")
      #expect(reply.head["grpc-message"].contains("took too long"))
    }
  }

  @Test func `a stream may be quiet between two messages`() async throws {
    try await withSlow { client, loop in
      let message: [UInt8] = [0, 0, 0, 0, 3, 10, 1, 65]
      // A call that is ended for its message began later, and had the same time.
      let quiet = Task {
        await client.call("/test.Slow/Collect", on: loop, body: [message]) { stream in
          loop.schedule(after: .milliseconds(300)) {
            stream.send(message)
            stream.sendEnd()
          }
        }
      }
      let slow = await client.call("/test.Slow/Collect", on: loop, body: [[0, 0]]) {
        $0.drip(on: loop)
      }
      #expect(slow.head["grpc-status"] == "4")
      let reply = await quiet.value
      #expect(reply.trailers["grpc-status"] == "0")
      #expect(reply.body == [0, 0, 0, 0, 4, 10, 2, 65, 65])
    }
  }

  private func withSlow(
    _ body: (HTTP2ClientTransport, EventLoop) async throws -> Void
  ) async throws {
    let loops = try EventLoopGroup(count: 2)
    let transport = try HTTP2ServerTransport(
      addresses: [try #require(SocketAddress("127.0.0.1:0"))], loops: [loops.loops[0]])
    var limits = RPCLimits()
    limits.requestMessageTimeout = .milliseconds(100)
    let server = RPCServer(transports: [transport], services: [Slow()], limits: limits)
    let serving = Task { try await server.serve() }
    let client = HTTP2ClientTransport(
      address: transport.listeningAddresses[0], loop: loops.loops[1])
    let running = Task { try await client.run() }
    try await body(client, loops.loops[1])
    client.beginGracefulShutdown()
    try await running.value
    server.beginGracefulShutdown()
    try await serving.value
    await loops.shutdown()
  }
}

extension TransportStream {
  /// Sends a byte every few milliseconds until the stream is over.
  fileprivate func drip(on loop: EventLoop) {
    send([1])
    loop.schedule(after: .milliseconds(5)) { [weak self] in self?.drip(on: loop) }
  }
}

extension [UInt8] {
  fileprivate func contains(_ other: [UInt8]) -> Bool {
    guard count >= other.count else { return false }
    return (0...count - other.count).contains { self[$0..<$0 + other.count].elementsEqual(other) }
  }
}

private struct Slow: RegistrableService {
  static let name = "test.Slow"
  static let unary = MethodDescriptor(service: name, method: "Unary", kind: .unary)
  static let collect = MethodDescriptor(service: name, method: "Collect", kind: .clientStreaming)

  func register(in router: inout Router) {
    router.unary(Self.unary) { (request: StringValue, _) -> StringValue in request }
    router.clientStreaming(Self.collect) {
      (requests: RequestStream<StringValue>, _) -> StringValue in
      var reply = StringValue()
      for try await request in requests { reply.value += request.value }
      return reply
    }
  }
}
