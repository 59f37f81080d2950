import EventLoop
import Glibc
import HTTP2
import RPC
import Synchronization
import Testing

@testable import RPCHTTP2

@Suite(.timeLimit(.minutes(2))) struct IdleConnectionTests {
  /// Preface and SETTINGS of a client, and nothing more.
  private static let hello = RawPeer.preface + RawPeer.settings

  @Test func `when the server is full, the longest idle connection makes room`() async throws {
    var limits = ConnectionLimits()
    limits.maxConnections = 2
    try await ServerFixture.run(limits: limits) { fixture in
      let loop = fixture.clientLoop
      try await fixture.client { busy in
        let held = Task { await busy.call("/hold", on: loop, body: [[1]]) { _ in } }
        await fixture.handler.waitUntilOpened(1)
        // The server ends each connection but the last to make room for the next.
        var silent: [Task<[UInt8], any Error>] = []
        for number in 0..<5 {
          silent.append(Task { try await RawPeer.talk(Self.hello, to: fixture.address, on: loop) })
          await fixture.waitForEvent(number == 0 ? \.isOpened : \.isMadeRoom)
          #expect(await busy.call("/early", on: loop).head["grpc-status"] == "12")
        }
        #expect(fixture.server.connections <= 2 + ServerLifecycle.maxReplacing)
        fixture.server.beginGracefulShutdown()
        for peer in silent {
          let answer = try await peer.value
          #expect(answer.isEmpty || answer.goAwayCodes.contains(0))
        }
        held.cancel()
      } endedBy: { running in
        running.cancel()
      }
    }
  }

  @Test func `a burst of newcomers to a full server: each has the place of an earlier one`()
    async throws
  {
    var limits = ConnectionLimits()
    limits.maxConnections = 2
    try await ServerFixture.run(limits: limits) { fixture in
      let loop = fixture.clientLoop
      try await fixture.client { busy in
        let held = Task { await busy.call("/hold", on: loop, body: [[1]]) { _ in } }
        await fixture.handler.waitUntilOpened(1)
        await withTaskGroup { group in
          for _ in 0..<30 {
            group.addTask {
              _ = try? await RawPeer.talk(Self.hello, to: fixture.address, on: loop)
            }
          }
          for _ in 0..<29 { await group.next() }
          fixture.server.beginGracefulShutdown()
        }
        let refusals = fixture.events.current.filter { $0.isTooMany }
        #expect(refusals.isEmpty)
        held.cancel()
      } endedBy: { running in
        running.cancel()
      }
    }
  }

  @Test func `when all are at work, one more is refused`() async throws {
    var limits = ConnectionLimits()
    limits.maxConnections = 1
    try await ServerFixture.run(limits: limits) { fixture in
      try await fixture.client { busy in
        let loop = fixture.clientLoop
        let held = Task { await busy.call("/hold", on: loop, body: [[1]]) { _ in } }
        await fixture.handler.waitUntilOpened(1)
        let answer = try await RawPeer.talk(Self.hello, to: fixture.address, on: loop)
        #expect(answer.isEmpty)
        #expect(fixture.server.connections == 1)
        held.cancel()
      } endedBy: { running in
        running.cancel()
      }
    }
  }

  @Test("an idle connection is told to go away", arguments: [true, false])
  func idle(isUsed: Bool) async throws {
    var limits = ConnectionLimits()
    limits.idleTimeout = isUsed ? .milliseconds(50) : .seconds(3600)
    limits.unusedTimeout = isUsed ? .seconds(3600) : .milliseconds(50)
    let request = RawPeer.request([("x-path", "/early")], endStream: true)
    try await ServerFixture.run(limits: limits) { fixture in
      let bytes = Self.hello + (isUsed ? request : [])
      let answer = try await RawPeer.talk(bytes, to: fixture.address, on: fixture.clientLoop)
      // The first GOAWAY announces the end, the second names the last stream.
      #expect(answer.goAwayCodes == [0, 0])
      #expect(fixture.handler.opened.current.count == (isUsed ? 1 : 0))
    }
  }

  @Test func `one host has no more idle connections than it may`() async throws {
    var limits = ConnectionLimits()
    limits.maxIdlePerPeer = 2
    limits.lingerTime = .milliseconds(40)
    try await ServerFixture.run(limits: limits) { fixture in
      let loop = fixture.clientLoop
      let peers = (0..<6).map { _ in
        Task { try await RawPeer.talk(Self.hello, to: fixture.address, on: loop) }
      }
      for _ in 0..<4 { await fixture.waitForEvent(\.isClosed) }
      #expect(fixture.server.connections == 2)
      fixture.server.beginGracefulShutdown()
      for peer in peers {
        let answer = try await peer.value
        #expect(answer.goAwayCodes.contains(0))
      }
    }
  }

  @Test func `connections that are gone are not counted for their host`() async throws {
    let idlePeers = IdlePeers(limit: 1)
    var limits = ConnectionLimits()
    limits.lingerTime = .milliseconds(40)
    try await ContextFixture.run(limits, idlePeers: idlePeers) { fixture in
      for number in 0..<3 {
        try await fixture.client { client in
          _ = await client.call("/early", on: fixture.clientLoop)
          await fixture.wait { _ in fixture.connections[number].isCountedIdle }
          #expect(idlePeers.excess().isEmpty)
          let isIdle = await fixture.see { _ in fixture.connections[number].life.isIdle }
          #expect(isIdle)
          await fixture.see { _ in fixture.connections[number].close("over") }
        }
      }
    }
  }

  @Test func `who would make room is known as long as there is one`() async throws {
    var limits = ConnectionLimits()
    limits.handshakeTimeout = .seconds(3600)
    try await ContextFixture.run(limits) { fixture in
      func oldest() async -> Int64 {
        await fixture.see { $0.oldestIdle.load(ordering: .relaxed) }
      }
      #expect(await oldest() == .max)
      // Of the silent connections, the oldest goes first.
      let silent = [try await fixture.silentPeer(), try await fixture.silentPeer()]
      let since = await fixture.see { $0.silent.map(\.since.nanoseconds) }
      #expect(await oldest() == since[0])
      // Idle connections go before silent ones.
      try await fixture.client { client in
        _ = await client.call("/early", on: fixture.clientLoop)
        await fixture.wait { _ in fixture.connections[0].life.isIdle }
        let idle = await fixture.see { _ in fixture.connections[0].life.idleSince.nanoseconds }
        #expect(await oldest() == idle)
        await fixture.see { _ in fixture.connections[0].close("over") }
      }
      #expect(await oldest() == since[0])
      silent[0].close()
      await fixture.wait { $0.silent.count == 1 }
      #expect(await oldest() == since[1])
      silent[1].close()
      await fixture.wait { $0.silent.isEmpty }
      #expect(await oldest() == .max)
    }
  }

  @Test func `a peer that has vanished is noticed`() async throws {
    var limits = ConnectionLimits()
    limits.tcpKeepAlive.idle = .seconds(1)
    limits.tcpKeepAlive.interval = .seconds(1)
    limits.tcpKeepAlive.unanswered = .seconds(1)
    try await ServerFixture.run(limits: limits) { fixture in
      let socket = try Socket(connectingTo: fixture.address)
      await fixture.waitForEvent(\.isOpened)
      // A socket filter drops all that comes in, so the kernel acknowledges nothing: a sock_fprog
      // of one sock_filter, BPF_RET with 0.
      var drop: UInt64 = 6
      let result = unsafe withUnsafePointer(to: &drop) { drop in
        let program = [1, UInt(bitPattern: drop)]
        return unsafe setsockopt(
          socket.descriptor, SOL_SOCKET, 26, program, socklen_t(2 * MemoryLayout<UInt>.size))
      }
      #expect(result == 0)
      await fixture.waitForEvent(\.isClosed)
      let reasons = fixture.events.current.compactMap(\.closeReason)
      #expect(reasons == ["read: Connection timed out"])
      socket.close()
    }
  }

  /// Linux takes a peer that acknowledges with a closed window for one that has vanished.
  @Test func `a reader with a closed window has its time`() {
    let limits = ConnectionLimits()
    #expect(limits.tcpKeepAlive.unanswered >= limits.stalledWriteTimeout * 2 + .seconds(10))
  }
}

extension ConnectionEvent {
  var isTooMany: Bool { if case .tooManyConnections = self { true } else { false } }
  var isMadeRoom: Bool { if case .madeRoom = self { true } else { false } }
  var isClosed: Bool { closeReason != nil }
  var closeReason: String? { if case .closed(_, let reason, _) = self { reason } else { nil } }
}

extension [UInt8] {
  /// The codes of the GOAWAY frames in what a server has sent.
  var goAwayCodes: [Int] {
    var codes: [Int] = []
    var start = 0
    while start + 9 <= count {
      let length = Int(self[start]) << 16 | Int(self[start + 1]) << 8 | Int(self[start + 2])
      if self[start + 3] == 7, start + 17 <= count { codes.append(Int(self[start + 16])) }
      start += 9 + length
    }
    return codes
  }
}
