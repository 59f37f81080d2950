import EventLoop
import Foundation
import HTTP2
import RPC
import RPCHTTP2
import Testing

@Suite(.timeLimit(.minutes(2))) struct ConnectionEndTests {
  private static let quick: ConnectionLimits = {
    var limits = ConnectionLimits()
    limits.handshakeTimeout = .milliseconds(40)
    limits.headerBlockTimeout = .milliseconds(40)
    limits.stalledWriteTimeout = .milliseconds(40)
    limits.lingerTime = .milliseconds(40)
    limits.graceTime = .milliseconds(40)
    return limits
  }()

  @Test func `gRPC over HTTP1 gets one 505 that says what to use`() async throws {
    try await ServerFixture.run { fixture in
      let answer = try await RawPeer.talk(
        Array("POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/grpc\r\n\r\n".utf8),
        to: fixture.address,
        on: fixture.clientLoop)
      let text = String(decoding: answer, as: UTF8.self)
      #expect(text.hasPrefix("HTTP/1.1 505 HTTP Version Not Supported\r\n"))
      #expect(text.contains("prior knowledge"))
      #expect(text.components(separatedBy: "HTTP/1.1 505").count == 2)
    }
  }

  @Test(arguments: [
    [0x16, 0x03, 0x01, 0x00, 0x05, 1, 0, 0, 1, 0], [0, 0, 0, 0],
    Array("PRI * HTTP/2.0\r\n\r\nXX".utf8), [0xFF],
  ])
  func `what is not HTTP gets GOAWAY PROTOCOL_ERROR`(bytes: [UInt8]) async throws {
    try await ServerFixture.run { fixture in
      let answer = try await RawPeer.talk(bytes, to: fixture.address, on: fixture.clientLoop)
      #expect(answer.prefix(9) == [0, 0, 0, 4, 0, 0, 0, 0, 0])
      #expect(answer.dropFirst(12).first == 7)
      #expect(answer.dropFirst(22).prefix(4) == [0, 0, 0, 1])
    }
  }

  @Test(arguments: [[], RawPeer.preface, Array("PRI".utf8)])
  func `a peer that does not finish its preface is closed`(bytes: [UInt8]) async throws {
    try await ServerFixture.run(limits: Self.quick) { fixture in
      let answer = try await RawPeer.talk(bytes, to: fixture.address, on: fixture.clientLoop)
      await fixture.waitForEvent(\.isClosed)
      let reasons = fixture.events.current.compactMap(\.closeReason)
      #expect(reasons == ["no HTTP/2 preface and SETTINGS in time"])
      // Before the preface the server sends no HTTP/2, and reports no request.
      #expect(answer.isEmpty == (bytes.count < RawPeer.preface.count))
      #expect(fixture.handler.opened.current.isEmpty)
    }
  }

  @Test func `a header block that does not end is closed with PROTOCOL_ERROR`() async throws {
    try await ServerFixture.run(limits: Self.quick) { fixture in
      // HEADERS without END_HEADERS that hold ":method: POST" of the static table.
      let headers: [UInt8] = [0, 0, 1, 1, 0, 0, 0, 0, 1, 0x83]
      let answer = try await RawPeer.talk(
        RawPeer.preface + RawPeer.settings + headers, to: fixture.address, on: fixture.clientLoop)
      #expect(String(decoding: answer, as: UTF8.self).contains("header block"))
    }
  }

  @Test func `a stream whose window does not open is reset`() async throws {
    // Long enough for a busy client to read, or the connection would count as stalled.
    var limits = ConnectionLimits()
    limits.stalledWriteTimeout = .seconds(1)
    try await ServerFixture.run(limits: limits) { fixture in
      try await fixture.client { client in
        let reply = await client.call("/flood", on: fixture.clientLoop, consumes: false)
        #expect(reply.reason == .resetByPeer(code: HTTP2ErrorCode.cancel.rawValue))
      }
      #expect(fixture.handler.closed.current == [.resetLocally])
    }
  }

  @Test func `a graceful shutdown lets calls finish and then returns`() async throws {
    try await ServerFixture.run { fixture in
      do {
        try await fixture.client { client in
          let loop = fixture.clientLoop
          _ = await client.call("/unary", on: loop)
          let reply = await client.call("/unary", on: loop, body: [[1]]) { stream in
            fixture.server.beginGracefulShutdown()
            // The rest of the request comes while the server drains.
            loop.schedule(after: .milliseconds(5)) {
              stream.send([2])
              stream.sendEnd()
            }
          }
          #expect(reply.reason == .finished)
          #expect(reply.body == [1, 2])
          let refused = await client.call("/unary", on: loop)
          #expect(refused.reason != .finished)
        }
      } catch is ClientTransportError {
        // The server was gone before the client; on a busy machine it is the other way round.
      }
    }
  }

  @Test func `calls that outlast the grace time are cut off`() async throws {
    try await ServerFixture.run(limits: Self.quick) { fixture in
      let client = HTTP2ClientTransport(address: fixture.address, loop: fixture.clientLoop)
      let running = Task { try await client.run() }
      _ = await client.call("/unary", on: fixture.clientLoop)
      let reply = await client.call("/hold", on: fixture.clientLoop, body: [[1]]) { _ in
        fixture.server.beginGracefulShutdown()
      }
      guard case .connectionLost = reply.reason else {
        Issue.record("\(reply.reason)")
        return
      }
      await #expect(throws: ClientTransportError.self) { try await running.value }
    }
  }

  @Test func `the loss of the connection ends all its streams`() async throws {
    try await ServerFixture.run { fixture in
      let client = HTTP2ClientTransport(address: fixture.address, loop: fixture.clientLoop)
      let running = Task { try await client.run() }
      _ = await client.call("/unary", on: fixture.clientLoop)
      let loop = fixture.clientLoop
      let first = Task { await client.call("/hold", on: loop, body: [[1]]) { _ in } }
      let second = Task { await client.call("/hold", on: loop, body: [[1]]) { _ in } }
      await fixture.handler.waitUntilOpened(3)
      running.cancel()
      for reply in [await first.value, await second.value] {
        guard case .connectionLost = reply.reason else {
          Issue.record("\(reply.reason)")
          continue
        }
      }
      _ = await running.result
      let late = await client.call("/unary", on: fixture.clientLoop)
      #expect(late.reason != .finished)
    }
  }

  @Test func `a client that cannot connect says why, and so do its streams`() async throws {
    let loop = try EventLoop(name: "client")
    let listener = try ListeningSocket(try #require(SocketAddress("127.0.0.1:0")))
    let address = listener.address
    listener.close()
    let client = HTTP2ClientTransport(address: address, loop: loop)
    async let reply = client.call("/unary", on: loop)
    let error = await #expect(throws: ClientTransportError.self) { try await client.run() }
    #expect(error?.description == "\(address): connect: Connection refused")
    #expect(await reply.reason != .finished)
    await loop.shutdown()
  }

  @Test func `a server that was shut down before it runs returns at once`() async throws {
    let loops = try EventLoopGroup(count: 1)
    let server = try HTTP2ServerTransport(
      addresses: [try #require(SocketAddress("127.0.0.1:0"))], loops: loops.loops)
    server.beginGracefulShutdown()
    try await server.run(EchoHandler())
    #expect(server.connections == 0)
    // The server no longer listens.
    let client = HTTP2ClientTransport(address: server.listeningAddresses[0], loop: loops.loops[0])
    let error = await #expect(throws: ClientTransportError.self) { try await client.run() }
    #expect(error?.description.hasSuffix("connect: Connection refused") == true)
    await loops.shutdown()
  }
}
