import EventLoop
import HTTP2
import Testing

@testable import RPCHTTP2

private func time(_ second: Int) -> MonotonicTime {
  MonotonicTime(nanoseconds: Int64(second) * 1_000_000_000)
}

@Suite(.timeLimit(.minutes(2))) struct KeepAliveWatchTests {
  enum Event: Sendable { case reads, stopsReading, goesOnReading, asks, asksNothing }

  /// One look a second, with 10 seconds of silence allowed and 3 seconds for an answer.
  @Test(
    "silence is asked about, and then ends",
    arguments: [
      ([], [10: .pingIsDue, 13: .peerIsGone]),
      ([(4, .reads)], [14: .pingIsDue, 17: .peerIsGone]),
      // The answer, or any other byte, starts the watch anew.
      ([(12, .reads)], [10: .pingIsDue, 22: .pingIsDue, 25: .peerIsGone]),
      // While the connection does not read, silence does not count.
      (
        [(5, .stopsReading), (50, .goesOnReading)],
        [59: .pingIsDue, 62: .peerIsGone]
      ),
      ([(11, .stopsReading)], [10: .pingIsDue]),
      // A client without a call does not ask, but still expects the answer to an earlier question.
      ([(0, .asksNothing), (40, .asks)], [49: .pingIsDue, 52: .peerIsGone]),
      ([(11, .asksNothing)], [10: .pingIsDue, 13: .peerIsGone]),
    ] as [([(Int, Event)], [Int: KeepAliveWatch.Finding])])
  func table(events: [(Int, Event)], findings: [Int: KeepAliveWatch.Finding]) {
    var limits = KeepAlivePings(time: .seconds(10))
    limits.timeout = .seconds(3)
    var watch = KeepAliveWatch(at: time(0))
    var seen = KeepAliveWatch.Observation()
    var found: [Int: KeepAliveWatch.Finding] = [:]
    for second in 0...70 {
      for (at, event) in events where at == second {
        switch event {
        case .reads: seen.bytesRead += 1
        case .stopsReading: seen.isReading = false
        case .goesOnReading: seen.isReading = true
        case .asks: seen.asks = true
        case .asksNothing: seen.asks = false
        }
      }
      let finding = watch.looked(seen, at: time(second), limits)
      if finding != .nothing { found[second] = finding }
      if finding == .peerIsGone { break }
    }
    #expect(found == findings)
  }
}

@Suite(.timeLimit(.minutes(2))) struct PingStrikesTests {
  /// 300 seconds between two PINGs with a call, 7200 without one; two strikes are forgiven.
  @Test(
    "PINGs that come too soon are counted",
    arguments: [
      // second, frames sent so far, a call in progress
      ([(0, 0, true), (1, 0, true), (2, 0, true), (3, 0, true)], 4),
      ([(0, 0, true), (300, 0, true), (600, 0, true), (900, 0, true)], nil),
      ([(0, 0, true), (299, 0, true), (598, 0, true), (897, 0, true)], 4),
      ([(0, 0, false), (300, 0, false), (600, 0, false), (900, 0, false)], 4),
      ([(0, 0, false), (7200, 0, false), (14_400, 0, false), (21_600, 0, false)], nil),
      // A frame from the server forgives the strikes, and the PING behind it.
      (
        [(0, 0, true), (1, 0, true), (2, 0, true), (3, 1, true), (4, 1, true), (5, 1, true)], nil
      ),
      ((0..<50).map { ($0, $0, true) }, nil),
    ] as [([(Int, Int, Bool)], Int?)])
  func table(pings: [(second: Int, frames: Int, hasCalls: Bool)], refused: Int?) {
    var strikes = PingStrikes()
    let first = pings.firstIndex { ping in
      strikes.pinged(
        at: time(ping.second), framesSent: ping.frames, hasCalls: ping.hasCalls, PingLimits())
    }
    #expect(first.map { $0 + 1 } == refused)
  }
}

/// The same over sockets.
@Suite(.timeLimit(.minutes(2))) struct KeepAliveTests {
  private static func limits(_ change: (inout ConnectionLimits) -> Void) -> ConnectionLimits {
    var limits = ConnectionLimits()
    change(&limits)
    return limits
  }

  private static let asking = limits {
    $0.keepAlive = KeepAlivePings(time: .milliseconds(40))
    $0.keepAlive?.timeout = .milliseconds(40)
    $0.keepAlive?.withoutCalls = true
  }

  @Test func `a server closes a client that does not answer PING`() async throws {
    try await ServerFixture.run(limits: Self.asking) { fixture in
      let answer = try await RawPeer.talk(
        RawPeer.preface + RawPeer.settings, to: fixture.address, on: fixture.clientLoop)
      await fixture.waitForEvent(\.isClosed)
      #expect(
        fixture.events.current.compactMap(\.closeReason) == ["the peer does not answer PING"])
      // SETTINGS, and a PING with the payload of keepalive.
      let text = String(decoding: answer, as: UTF8.self)
      #expect(text.contains("keepaliv"))
    }
  }

  @Test func `a client closes a server that does not answer PING`() async throws {
    let loop = try EventLoop(name: "client")
    let server = try RawServer(on: loop, .says(RawPeer.settings))
    let client = HTTP2ClientTransport(exactly: Self.asking, to: server.address, loop: loop)
    let error = await #expect(throws: ClientTransportError.self) { try await client.run() }
    #expect(error?.reason == "the peer does not answer PING")
    await server.stop()
    await loop.shutdown()
  }

  @Test func `peers that answer stay connected`() async throws {
    let limits = Self.limits {
      $0.keepAlive = KeepAlivePings(time: .milliseconds(20))
      $0.keepAlive?.withoutCalls = true
    }
    try await ServerFixture.run(limits: limits) { fixture in
      try await fixture.client(limits: limits) { client in
        _ = await client.call("/unary", on: fixture.clientLoop, body: [[1]])
        // Far more bytes than the calls and their answers: PINGs and their answers.
        while fixture.server.counts.totals.bytesRead < 1000 {
          try await Task.sleep(for: .milliseconds(1))
        }
        let reply = await client.call("/unary", on: fixture.clientLoop, body: [[1]])
        #expect(reply.body == [1])
        #expect(fixture.server.counts.opened == 1)
      }
    }
  }

  @Test func `too many PINGs end a connection with ENHANCE_YOUR_CALM`() async throws {
    let limits = Self.limits { $0.pings = PingLimits() }
    let ping: [UInt8] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]
    try await ServerFixture.run(limits: limits) { fixture in
      let pings = Array(repeating: ping, count: 4).flatMap(\.self)
      let answer = try await RawPeer.talk(
        RawPeer.preface + RawPeer.settings + pings, to: fixture.address, on: fixture.clientLoop)
      #expect(answer.goAwayCodes == [11])
      #expect(String(decoding: answer, as: UTF8.self).hasSuffix("too_many_pings"))
    }
  }

  @Test func `a client that is told so sends half as many`() async throws {
    let limits = Self.limits {
      $0.keepAlive = KeepAlivePings(time: .milliseconds(20))
      $0.keepAlive?.withoutCalls = true
      $0.pings = PingLimits()
      $0.pings?.maxStrikes = 0
    }
    try await MemoryFixture.run(limits: limits) { fixture in
      await fixture.accept()
      await fixture.connect()
      await fixture.wait { $0.client.keepAlive?.time == .milliseconds(40) }
      #expect(await fixture.see { $0.server.keepAlive?.time } == .milliseconds(20))
    }
  }

  @Test func `a channel that is told so sends fewer on its next connections, too`() async throws {
    let limits = Self.limits {
      $0.keepAlive = KeepAlivePings(time: .milliseconds(20))
      $0.keepAlive?.withoutCalls = true
    }
    let strict = Self.limits {
      $0.pings = PingLimits()
      $0.pings?.maxStrikes = 0
    }
    try await ServerFixture.run(limits: strict) { fixture in
      try await withChannel(to: fixture.address, limits: limits) { channel, loop, events in
        for times in 1...2 {
          _ = await channel.call("/unary", on: loop, body: [[1]])
          while events.current.filter(\.isEnded).count < times {
            try await Task.sleep(for: .milliseconds(1))
          }
        }
        let time = await withCheckedContinuation { done in
          loop.execute { done.resume(returning: channel.core.context.keepAlive?.time) }
        }
        #expect(time == .milliseconds(80))
      }
    }
  }

  @Test func `a client's PINGs are no closer than ten seconds, as gRPC A8 has it`() {
    #expect(Self.asking.forClients.keepAlive?.time == .seconds(10))
    #expect(Self.asking.forClients.keepAlive?.timeout == .milliseconds(40))
    #expect(ConnectionLimits().forClients.keepAlive == nil)
    let rare = Self.limits { $0.keepAlive = KeepAlivePings(time: .seconds(11)) }
    #expect(rare.forClients.keepAlive?.time == .seconds(11))
  }

  @Test func `servers that complain for ever do not make the time overflow`() throws {
    let loop = try EventLoop(name: "client")
    let context = ConnectionContext(loop: loop, limits: Self.asking)
    for _ in 0..<200 { context.sendFewerPings() }
    #expect(
      context.keepAlive.map { $0.time > .seconds(86_000) && $0.time < .seconds(200_000) } == true)
  }

  @Test func `a connection is told to go away for its age, and its calls have the grace time`()
    async throws
  {
    let limits = Self.limits {
      $0.age = ConnectionAge(maximum: .milliseconds(40), grace: .milliseconds(40))
    }
    let hold = RawPeer.request([("x-path", "/hold")], endStream: false)
    for bytes in [hold, []] {
      try await ServerFixture.run(limits: limits) { fixture in
        let answer = try await RawPeer.talk(
          RawPeer.preface + RawPeer.settings + bytes, to: fixture.address,
          on: fixture.clientLoop)
        await fixture.waitForEvent(\.isClosed)
        #expect(answer.goAwayCodes.first == 0)
        #expect(
          fixture.events.current.compactMap(\.closeReason)
            == ["the grace time of its age is over"])
      }
    }
  }
}

extension ChannelEvent {
  var isEnded: Bool {
    if case .ended = self { true } else { false }
  }
}

extension HTTP2ClientTransport {
  /// With limits that a public client would not have.
  convenience init(exactly limits: ConnectionLimits, to address: SocketAddress, loop: EventLoop) {
    self.init(TargetPlace(ChannelTarget(address), nil), loop, limits)
  }
}
