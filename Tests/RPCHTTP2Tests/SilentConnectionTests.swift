import EventLoop
import HTTP2
import Testing

@testable import RPCHTTP2

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

  @Test func `one that comes during the drain is closed at once`() async throws {
    var limits = ConnectionLimits()
    limits.graceTime = .seconds(3600)
    limits.handshakeTimeout = .seconds(3600)
    try await ContextFixture.run(limits) { fixture in
      await fixture.see { $0.beginGracefulShutdown() }
      let reasons = Box<[String]>([])
      let peer = try await fixture.silentPeer { reason in reasons.update { $0.append(reason) } }
      #expect(reasons.current == ["shut down"])
      #expect(await fixture.count { $0.silent.count } == 0)
      peer.close()
    }
  }

  @Test func `one that has connected and was not accepted yet is not reset when the server stops`()
    async throws
  {
    try await ServerFixture.run { fixture in
      // Makes sure that the server runs.
      try await fixture.client { _ = await $0.call("/early", on: fixture.clientLoop) }
      let loop = fixture.loops.loops[0]
      let peer: Socket = try await withCheckedThrowingContinuation { done in
        loop.execute {
          // In one turn of the loop that accepts, which has not seen the connection yet.
          done.resume(
            with: Result {
              let peer = try Socket(connectingTo: fixture.address)
              fixture.server.beginGracefulShutdown()
              return peer
            })
        }
      }
      var bytes: [UInt8] = [0]
      var found = Socket.ReadResult.wouldBlock
      while found == .wouldBlock {
        found = try peer.read(into: &bytes)
        await Task.yield()
      }
      #expect(found == .end)
      peer.close()
    }
  }

  @Test func `the time for SETTINGS began when the peer was accepted`() async throws {
    try await ContextFixture.run(ConnectionLimits()) { fixture in
      let peer = try await fixture.silentPeer()
      let since = await fixture.see { $0.silent[0].since }
      _ = try peer.write(RawPeer.preface)
      await fixture.wait { !$0.connections.isEmpty }
      let began = await fixture.see { $0.connections[0].life.openedAt }
      #expect(began == since)
      peer.close()
    }
  }

  @Test func `the time to close begins when the peer was refused`() async throws {
    var limits = ConnectionLimits()
    limits.lingerTime = .seconds(3600)
    try await ContextFixture.run(limits) { fixture in
      let peer = try await fixture.silentPeer()
      let since = await fixture.see { $0.silent[0].since }
      _ = try peer.write([0, 0, 0])
      await fixture.wait { $0.silent[0].state == .lingering }
      let began = await fixture.see { $0.silent[0].since }
      #expect(began > since)
      peer.close()
    }
  }

  @Test func `a peer of another protocol that does not close is closed`() async throws {
    var limits = ConnectionLimits()
    limits.lingerTime = .milliseconds(40)
    try await ServerFixture.run(limits: limits) { fixture in
      let socket = try Socket(connectingTo: fixture.address)
      await Self.until { fixture.server.connections == 1 }
      _ = try socket.write([0, 0, 0])
      // The server reads and discards further bytes.
      _ = try socket.write([0, 0, 0])
      await Self.until { fixture.server.connections == 0 }
      socket.close()
      let told = fixture.events.current.map { event in
        switch event {
        case .opened: "opened"
        case .refused(_, let refusal): refusal.rawValue
        case .closed(_, let reason, _): reason
        default: "something else"
        }
      }
      #expect(told == ["opened", "bad_preface", "not HTTP/2"])
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
      // At least one of the two silent connections had to make room.
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
