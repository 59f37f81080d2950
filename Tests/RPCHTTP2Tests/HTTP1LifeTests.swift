import EventLoop
import HTTP2
import RPC
import Testing

@testable import RPCHTTP2

/// Timers, shares and the end of HTTP/1.1 connections.
@Suite(.timeLimit(.minutes(2))) struct HTTP1LifeTests {
  private static func limits(_ change: (inout ConnectionLimits) -> Void) -> ConnectionLimits {
    var limits = ConnectionLimits()
    change(&limits)
    return limits
  }

  // MARK: Time

  @Test(arguments: ["G", "GET / HTTP/1.1\r\nHost: h\r\nX: "])
  func `a head that does not come to its end gets 408`(begun: String) async throws {
    for isFirst in [true, false] {
      let limits = Self.limits {
        if isFirst { $0.handshakeTimeout = .milliseconds(40) }
        if !isFirst { $0.headerBlockTimeout = .milliseconds(40) }
      }
      try await ServerFixture.run(limits: limits) { fixture in
        let peer = try HTTP1Peer(fixture.address)
        if !isFirst { _ = try await peer.call("/early") }
        try await peer.send(begun)
        let answer = try await peer.rest()
        #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
        await fixture.waitForEvent(\.isClosed)
        #expect(fixture.handler.opened.current.count == (isFirst ? 0 : 1))
      }
    }
  }

  @Test func `a connection that is idle for too long ends without a word`() async throws {
    let limits = Self.limits { $0.idleTimeout = .milliseconds(40) }
    try await ServerFixture.run(limits: limits) { fixture in
      let peer = try HTTP1Peer(fixture.address)
      _ = try await peer.call("/early")
      #expect(try await peer.rest() == "")
      peer.socket.close()
      await fixture.waitForEvent(\.isClosed)
      #expect(fixture.events.current.compactMap(\.closeReason) == ["idle"])
    }
  }

  @Test func `a call in progress is not idle`() async throws {
    let limits = Self.limits { $0.idleTimeout = .milliseconds(20) }
    try await ContextFixture.run(limits) { fixture in
      let busy = HTTP1Peer(try await fixture.silentPeer())
      try await busy.send(HTTP1Peer.request("/wait", body: "hi"))
      await fixture.handler.waitUntilOpened(1)
      // A connection that came later is idle for too long: the loop has looked at both.
      let idle = HTTP1Peer(try await fixture.silentPeer())
      _ = try await idle.call("/early")
      #expect(try await idle.rest() == "")
      fixture.handler.release()
      #expect(try await busy.response().body == "hi")
    }
  }

  @Test func `a client that does not read is closed`() async throws {
    let limits = Self.limits { $0.stalledWriteTimeout = .milliseconds(40) }
    try await ServerFixture.run(limits: limits) { fixture in
      let peer = try HTTP1Peer(fixture.address)
      try await peer.send(HTTP1Peer.request("/flood"))
      await fixture.waitForEvent(\.isClosed)
      #expect(fixture.events.current.compactMap(\.closeReason) == ["the peer does not read"])
      #expect(fixture.handler.closed.current == [.connectionLost("the peer does not read")])
    }
  }

  @Test func `a client that reads slowly gets everything in its order`() async throws {
    try await ContextFixture.run(ConnectionLimits()) { fixture in
      let socket = try await fixture.silentPeer()
      _ = try socket.write(Array(HTTP1Peer.request("/flood").utf8))
      await fixture.wait { $0.http1.all.first?.isBlocked == true }
      // What waits is bounded by the watermark.
      let queued = await fixture.count { $0.queuedBytes }
      #expect(queued <= ConnectionLimits().http2.sendHighWatermark + 16 * 1024)
      var buffer = [UInt8](repeating: 0, count: 64 * 1024)
      var bytes: [UInt8] = []
      while bytes.count < 8 << 20 {
        if case .bytes(let count) = try socket.read(into: &buffer) {
          bytes += buffer[..<count]
        } else {
          await Task.yield()
        }
      }
      let body = bytes.drop { $0 != 7 }
      let isChunked = body.prefix(16 * 1024).allSatisfy { $0 == 7 }
      #expect(isChunked)
      socket.close()
      await fixture.wait { $0.http1.all.isEmpty }
      #expect(await fixture.count { $0.queuedBytes } == 0)
    }
  }

  @Test func `an old connection ends with its request`() async throws {
    let limits = Self.limits { $0.age = ConnectionAge(maximum: .milliseconds(40)) }
    try await ContextFixture.run(limits) { fixture in
      let peer = HTTP1Peer(try await fixture.silentPeer())
      try await peer.send(HTTP1Peer.request("/wait", body: "hi"))
      await fixture.wait { $0.http1.all.first?.isTooOld == true }
      fixture.handler.release()
      let response = try await peer.response()
      #expect(response.head.contains("connection: close") && response.body == "hi")
      #expect(try await peer.rest() == "")
    }
  }

  // MARK: The drain

  @Test func `a drain ends idle connections, and others with their request`() async throws {
    try await ServerFixture.run { fixture in
      let (idle, busy, half) = (
        try HTTP1Peer(fixture.address), try HTTP1Peer(fixture.address),
        try HTTP1Peer(fixture.address)
      )
      _ = try await idle.call("/early")
      try await busy.send(
        HTTP1Peer.request("/wait", body: "hi") + HTTP1Peer.request("/early", body: "later"))
      let request = Array(HTTP1Peer.request("/unary", body: "half").utf8)
      try await half.send(Array(request[..<10]))
      await fixture.handler.waitUntilOpened(2)
      while await fixture.server.liveConnections().filter({ $0.totals.bytesRead > 0 }).count < 3 {
        await Task.yield()
      }
      fixture.server.beginGracefulShutdown()
      #expect(try await idle.rest() == "")
      fixture.handler.release()
      let answer = try await busy.rest()
      #expect(answer.contains("\r\nconnection: close\r\n") && answer.contains("2\r\nhi\r\n0\r\n"))
      #expect(answer.split(separator: "HTTP/1.1 ").count == 1)
      // A request whose head had begun is answered, too.
      try await half.send(Array(request[10...]))
      #expect(try await half.rest().contains("4\r\nhalf\r\n"))
      #expect(fixture.handler.opened.current.sorted() == ["/early", "/unary", "/wait"])
    }
  }

  @Test func `the grace time of a drain ends what is left`() async throws {
    let limits = Self.limits { $0.graceTime = .milliseconds(40) }
    try await ServerFixture.run(limits: limits) { fixture in
      let peer = try HTTP1Peer(fixture.address)
      try await peer.send(HTTP1Peer.request("/hold"))
      await fixture.handler.waitUntilOpened(1)
      fixture.server.beginGracefulShutdown()
      #expect(try await peer.rest() == "")
    }
  }

  // MARK: Shares

  @Test func `a body that the call does not take stops the client`() async throws {
    try await ContextFixture.run(Self.limits { $0.http2.streamWindowBytes = 50_000 }) { fixture in
      let socket = try await fixture.silentPeer()
      let head = HTTP1Peer.request("/wait", fields: ["Content-Length: 1000000"])
      let body = [UInt8](repeating: 7, count: 1_000_000)
      async let sent: Void = Self.send(Array(head.utf8) + body, to: socket)
      await fixture.wait { $0.heldBytes >= 50_000 && !($0.http1.all.first?.isReading ?? true) }
      // The window, and one read that waits behind it.
      let held = await fixture.count { $0.heldBytes }
      #expect(held <= 50_000 + 16 * 1024)
      fixture.handler.release()
      try await sent
      #expect(try await HTTP1Peer(socket).response().body.utf8.count == 1_000_000)
      await fixture.wait { $0.http1.all.first?.stream == nil }
      #expect(await fixture.count { $0.heldBytes } == 0)
      #expect(fixture.handler.closed.current == [.finished])
    }
  }

  private static func send(_ bytes: [UInt8], to socket: Socket) async throws {
    var start = 0
    while start < bytes.count {
      start += try socket.write(bytes, from: start)
      await Task.yield()
    }
  }

  @Test func `what a call keeps shuts its window until it resumes`() async throws {
    try await ContextFixture.run(Self.limits { $0.http2.streamWindowBytes = 1000 }) { fixture in
      let socket = try await fixture.silentPeer()
      let text = HTTP1Peer.request("/sink", body: String(repeating: "x", count: 1500))
      _ = try socket.write(Array(text.utf8))
      await fixture.wait { $0.heldBytes == 1500 }
      let windows = await fixture.see { context in
        let stream = context.http1.all[0].stream
        var windows = [stream?.window]
        stream?.keep(1000)
        windows.append(stream?.window)
        stream?.resume()
        windows.append(stream?.window)
        return windows
      }
      #expect(windows == [0, 0, 1000])
      await fixture.wait { $0.heldBytes == 500 }
      #expect(await fixture.count { $0.http1.all[0].pending.count } == 0)
      socket.close()
    }
  }

  @Test func `requests that wait are bounded by one read`() async throws {
    try await ContextFixture.run(ConnectionLimits()) { fixture in
      let socket = try await fixture.silentPeer()
      _ = try socket.write(Array(HTTP1Peer.request("/hold").utf8))
      await fixture.wait { $0.http1.all.first?.stream != nil }
      let flood = Array(String(repeating: HTTP1Peer.request("/early"), count: 1000).utf8)
      _ = try socket.write(flood)
      await fixture.wait { !($0.http1.all[0].isReading) }
      #expect(await fixture.count { $0.http1.all[0].pending.count } <= 16 * 1024)
      #expect(await fixture.count { $0.heldBytes } <= 16 * 1024)
      #expect(fixture.handler.opened.current == ["/hold"])
      socket.close()
    }
  }

  @Test func `who holds more than its share is not read until there is room`() async throws {
    let limits = Self.limits { $0.maxHeldBytes = 40_000 }
    try await ContextFixture.run(limits) { fixture in
      let socket = try await fixture.silentPeer()
      let head = HTTP1Peer.request("/wait", fields: ["Content-Length: 100000"])
      let body = [UInt8](repeating: 7, count: 100_000)
      async let sent: Void = Self.send(Array(head.utf8) + body, to: socket)
      await fixture.wait { $0.http1.all.first?.isThrottled == true }
      #expect(await fixture.count { $0.heldBytes } < 100_000)
      fixture.handler.release()
      try await sent
      let peer = HTTP1Peer(socket)
      #expect(try await peer.response().body.utf8.count == 100_000)
      await fixture.wait { $0.http1.all.first?.stream == nil }
      #expect(await fixture.see { $0.http1.all.first?.isThrottled } == false)
      #expect(fixture.handler.closed.current == [.finished])
    }
  }

  @Test func `when the server is full, the longest idle connection makes room`() async throws {
    try await ServerFixture.run(limits: Self.limits { $0.maxConnections = 1 }) { fixture in
      let first = try HTTP1Peer(fixture.address)
      _ = try await first.call("/early")
      let second = try HTTP1Peer(fixture.address)
      #expect(try await second.call("/early").status == "HTTP/1.1 200 OK")
      #expect(try await first.rest() == "")
      // One that is at work stays.
      try await second.send(HTTP1Peer.request("/wait", body: "hi"))
      await fixture.handler.waitUntilOpened(3)
      let third = try HTTP1Peer(fixture.address)
      #expect(try await third.rest() == "")
      fixture.handler.release()
      #expect(try await second.response().body == "hi")
    }
  }

  @Test func `a host has no more idle connections than it may`() async throws {
    let limits = Self.limits {
      $0.maxIdlePerPeer = 2
      $0.lingerTime = .milliseconds(40)
    }
    try await ServerFixture.run(limits: limits) { fixture in
      var peers: [HTTP1Peer] = []
      for _ in 0..<4 {
        peers.append(try HTTP1Peer(fixture.address))
        _ = try await peers[peers.count - 1].call("/early")
      }
      // Each loop looks at its own, so that which two of them go is open.
      for _ in 0..<2 { await fixture.waitForEvent(\.isClosed) }
      #expect(fixture.server.connections == 2)
      #expect(fixture.server.refusals[.tooManyIdle] == 2)
    }
  }

  @Test func `those who look at connections see them`() async throws {
    try await ServerFixture.run { fixture in
      let peer = try HTTP1Peer(fixture.address)
      _ = try await peer.call("/unary", body: "hi")
      try await peer.send(HTTP1Peer.request("/wait", body: "hi"))
      await fixture.handler.waitUntilOpened(2)
      let found = await fixture.server.liveConnections()
      let one = try #require(found.first)
      #expect(found.count == 1 && one.phase == .serving && one.streams == 1)
      #expect(one.totals.streamsOpened == 2 && one.totals.bytesRead > 0)
      let details = try #require(await fixture.server.liveConnection(one.id))
      #expect(details.activity.messagesSent == 1 && !details.isClient)
      #expect(details.sendWindow == nil && details.localAddress == fixture.address)
      // The request that is whole is answered, although nobody listens any more.
      peer.socket.close()
      fixture.handler.release()
      await fixture.waitForEvent(\.isClosed)
      #expect(fixture.server.counts.closed == 1)
    }
  }
}
