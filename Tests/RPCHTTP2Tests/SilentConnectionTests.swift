import EventLoop
import HTTP2
import RPCHTTP2
import Testing

/// Connections before their preface is complete.
@Suite(.timeLimit(.minutes(2))) struct SilentConnectionTests {
  private static func until(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
  }

  @Test(arguments: [[], Array(RawPeer.preface.dropLast())])
  func `a drain does not wait for a peer that never said anything`(bytes: [UInt8]) async throws {
    try await ServerFixture.run { fixture in
      async let answer = RawPeer.talk(bytes, to: fixture.address, on: fixture.clientLoop)
      await Self.until { fixture.server.connections == 1 }
      fixture.server.beginGracefulShutdown()
      let said = try await answer
      #expect(said.isEmpty)
      await Self.until { fixture.server.connections == 0 }
    }
  }

  @Test func `a peer of another protocol that does not close is closed`() async throws {
    var limits = ConnectionLimits()
    limits.lingerTime = .milliseconds(40)
    try await ServerFixture.run(limits: limits) { fixture in
      let socket = try Socket(connectingTo: fixture.address)
      await Self.until { fixture.server.connections == 1 }
      _ = try socket.write(Array("GET / HTTP/1.1\r\n\r\n".utf8))
      // More of it is read and thrown away.
      _ = try socket.write(Array("GET / HTTP/1.1\r\n\r\n".utf8))
      await Self.until { fixture.server.connections == 0 }
      socket.close()
      let told = fixture.events.current.map { event in
        switch event {
        case .opened: "opened"
        case .refused(_, let refusal): refusal.rawValue
        case .closed(_, let reason): reason
        default: "something else"
        }
      }
      #expect(told == ["opened", "bad_preface", "HTTP/1.x where HTTP/2 was expected"])
    }
  }

  @Test func `when the server is full, silent connections make room`() async throws {
    var limits = ConnectionLimits()
    limits.maxConnections = 2
    limits.handshakeTimeout = .seconds(3600)
    try await ServerFixture.run(limits: limits) { fixture in
      let silent = (0..<2).map { _ in
        Task { try await RawPeer.talk([], to: fixture.address, on: fixture.clientLoop) }
      }
      for _ in silent { await fixture.waitForEvent(\.isOpened) }
      for _ in 0..<4 {
        try await fixture.client { client in
          let reply = await client.call("/early", on: fixture.clientLoop)
          #expect(reply.head["grpc-status"] == "12")
        }
      }
      let refused = fixture.events.current.contains {
        if case .tooManyConnections = $0 { true } else { false }
      }
      #expect(!refused)
      // At least one of the two had to go for them.
      let hasMadeRoom = fixture.events.current.contains(where: \.isMadeRoom)
      #expect(hasMadeRoom)
      fixture.server.beginGracefulShutdown()
      for peer in silent {
        let said = try await peer.value
        #expect(said.isEmpty)
      }
    }
  }
}
