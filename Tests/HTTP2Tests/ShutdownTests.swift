import HTTP2
import Testing

@Suite(.timeLimit(.minutes(2))) struct ShutdownTests {
  @Test func `a drain takes streams for one round trip, then names the last one`() throws {
    let server = try startedServer()
    server.receive(.headers(1))
    server.session.beginGracefulShutdown()
    let first = server.frames()
    let notice = try #require(first.first { $0.type == Frame.goAway })
    #expect(notice.number(at: 0) == 0x7fff_ffff && notice.code == 0)
    let ping = try #require(first.first { $0.type == Frame.ping })

    // The client sent this before it saw the notice.
    server.receive(.headers(3, end: true))
    #expect(server.streams.keys.sorted() == [1, 3])
    server.receive(Frame(type: Frame.ping, flags: Frame.ack, payload: ping.payload))
    let second = server.frames()
    #expect(second.map(\.type) == [Frame.goAway])
    #expect(second[0].number(at: 0) == 3 && second[0].code == 0)
    #expect(!server.events.contains { if case .pingAcked = $0 { true } else { false } })

    // After that, new streams are ignored.
    server.receive(.headers(5, end: true))
    #expect(server.streams[5] == nil && !server.session.isFinished)
    for id in [1, 3] as [Int32] {
      server.session.submitHeaders(try server.stream(id), .trailersOnly, endStream: true)
    }
    _ = server.frames()
    // One of the requests is not complete.
    #expect(!server.session.isFinished)
    server.session.resetAnswered(after: .zero)
    _ = server.frames()
    #expect(server.session.isFinished && !server.session.wantsWrite)
  }

  @Test func `a drain without streams ends after the round trip`() throws {
    let pair = try Pair()
    pair.server.session.beginGracefulShutdown()
    pair.server.session.beginGracefulShutdown()
    pair.pump()
    #expect(pair.server.session.isFinished && pair.client.session.isFinished)
    // Without calls in flight, the client needs only the first of the two GOAWAYs.
    #expect(pair.client.events == [.goAway(0x7fff_ffff, .noError, "")])
  }

  @Test func `a peer that does not answer the drain's PING is cut short`() throws {
    let server = try startedServer()
    server.session.beginGracefulShutdown()
    _ = server.frames()
    #expect(!server.session.isFinished)
    server.session.finishGracefulShutdown()
    #expect(server.frames().map(\.type) == [Frame.goAway])
    #expect(server.session.isFinished)
  }

  @Test func `a drain does not wait for a peer that never said anything`() throws {
    let server = try Peer(.server)
    #expect(!server.session.isFinished)
    server.session.beginGracefulShutdown()
    #expect(server.session.isFinished && server.output().isEmpty)
  }

  @Test func `calls in flight at a drain are answered in full`() throws {
    let pair = try Pair()
    let call = try pair.open(end: true)
    pair.server.session.beginGracefulShutdown()
    pair.pump()
    #expect(!pair.client.session.canOpenStream)
    #expect(pair.client.session.openStream(.request, endStream: true) == nil)
    pair.server.session.submitHeaders(call.server, .response, endStream: false)
    pair.server.session.send(call.server, [UInt8](repeating: 1, count: 500_000))
    pair.server.session.endWithTrailers(call.server, .ok)
    pair.pump()
    #expect(pair.client.bodies[1]?.count == 500_000)
    #expect(pair.client.events.last == .closed(1, .finished))
    #expect(pair.server.session.isFinished && pair.client.session.isFinished)
  }

  /// The last frame of grpc-go: GOAWAY with a last stream of its own, which names none of a
  /// server's streams.
  @Test(arguments: [0, 1, 3, 0x7fff_ffff, 0xffff_ffff, 2] as [UInt32])
  func `a client's goodbye leaves its open calls, whatever stream it names, cut anywhere`(
    lastStreamID: UInt32
  ) throws {
    let goodbye = Frame(
      type: Frame.goAway, payload: bigEndian(lastStreamID) + bigEndian(0) + Array("bye".utf8))
    let bytes = goodbye.bytes + Frame.data(1, [0, 0, 0, 0, 0], end: true).bytes
    for cut in 0..<bytes.count {
      for second in [cut, min(cut + 1, bytes.count), min(cut + 3, bytes.count)] {
        let server = try startedServer()
        server.receive(.headers(1), .headers(3, end: true))
        for piece in [bytes[..<cut], bytes[cut..<second], bytes[second...]] {
          server.receive(Array(piece))
        }
        #expect(server.error == nil && server.bodies[1] == [0, 0, 0, 0, 0])
        #expect(server.events.contains(.goAway(0, .noError, "bye")))
        for id in [1, 3] as [Int32] {
          server.session.submitHeaders(try server.stream(id), .trailersOnly, endStream: true)
        }
        #expect(server.frames().map(\.type) == [Frame.headers, Frame.headers])
        #expect(server.session.isFinished && server.session.failure == nil)
        #expect(!server.events.contains { if case .refused = $0 { true } else { false } })
      }
    }
  }

  @Test func `a goodbye without calls ends the session in order`() throws {
    let server = try startedServer()
    server.receive(Frame(type: Frame.goAway, payload: bigEndian(1) + bigEndian(0)))
    #expect(server.session.isFinished && server.session.failure == nil)
    #expect(server.frames().isEmpty && server.events == [.goAway(0, .noError, "")])
  }

  @Test func `a goodbye in the segment of the preface is one`() throws {
    let server = try Peer(.server)
    server.receive(
      Frame.preface + Frame.settings().bytes + Frame.headers(1, end: true).bytes
        + Frame(type: Frame.goAway, payload: bigEndian(1) + bigEndian(0)).bytes)
    server.session.submitHeaders(try server.stream(1), .trailersOnly, endStream: true)
    #expect(server.frames().last?.type == Frame.headers)
    #expect(server.session.isFinished && server.session.failure == nil)
  }

  @Test func `streams above the GOAWAY's last one are unprocessed`() throws {
    let client = try Peer(.client)
    let streams = (0..<3).compactMap { _ in client.session.openStream(.request, endStream: true) }
    #expect(streams.map(\.id) == [1, 3, 5])
    _ = client.output()
    client.receive(
      .settings(),
      Frame(type: Frame.goAway, payload: bigEndian(3) + bigEndian(0) + Array("bye\n".utf8)))
    #expect(client.events.contains(.goAway(3, .noError, "bye?")))
    #expect(client.events.last == .closed(5, .unprocessed))
    #expect(!streams[0].isClosed && !streams[1].isClosed && streams[2].isClosed)
  }

  @Test func `requests that wait for their turn at a GOAWAY are unprocessed`() throws {
    var limits = HTTP2Limits()
    limits.maxConcurrentStreams = 1
    let pair = try Pair(server: limits)
    let call = try pair.open(end: true)
    let waiting = try #require(pair.client.session.openStream(.request, endStream: false))
    pair.client.session.send(waiting, [1, 2, 3])
    pair.pump()
    pair.server.session.beginGracefulShutdown()
    pair.pump()
    #expect(pair.client.events.contains(.closed(waiting.id, .unprocessed)))
    pair.server.session.submitHeaders(call.server, .trailersOnly, endStream: true)
    pair.pump()
    #expect(pair.client.events.last == .closed(1, .finished))
    #expect(pair.client.session.openStreams == 0)
  }

  @Test func `terminate sends its GOAWAY and nothing else`() throws {
    let server = try startedServer()
    server.receive(.headers(1))
    let call = try server.stream(1)
    server.session.submitHeaders(call, .response, endStream: false)
    server.session.terminate(.enhanceYourCalm, debug: "too_many_pings")
    #expect(server.session.wantsWrite)
    let frames = server.frames()
    #expect(frames.map(\.type) == [Frame.goAway])
    #expect(frames[0].number(at: 0) == 1 && frames[0].code == 11)
    #expect(frames[0].debug == "too_many_pings")
    #expect(server.session.isFinished)
    server.session.connectionLost()
    server.drain()
    #expect(server.events.last == .closed(1, .connectionLost))
  }

  @Test func `a GOAWAY of the caller lets streams go on, whatever its code`() throws {
    let server = try startedServer()
    server.receive(.headers(1, end: true))
    server.session.goAway(.enhanceYourCalm, debug: "enough")
    #expect(server.frames().map(\.debug) == ["enough"])
    #expect(server.session.failure == nil && !server.session.isFinished)
    server.session.submitHeaders(try server.stream(1), .trailersOnly, endStream: true)
    #expect(server.frames().map(\.type) == [Frame.headers])
    #expect(server.session.isFinished)
  }

  @Test func `a GOAWAY before any other frame has SETTINGS before it`() throws {
    let server = try Peer(.server)
    server.receive(Frame.preface)
    server.session.terminate(.settingsTimeout, debug: "")
    #expect(server.frames().map(\.type) == [Frame.settings, Frame.goAway])
  }

  @Test func `a lost connection ends every stream once`() throws {
    let pair = try Pair()
    let first = try pair.open()
    let second = try #require(pair.client.session.openStream(.request, endStream: true))
    pair.client.session.connectionLost()
    pair.client.session.connectionLost()
    pair.client.drain()
    #expect(
      pair.client.events.filter(\.isClosed) == [
        .closed(1, .connectionLost), .closed(second.id, .unprocessed),
      ])
    #expect(pair.client.session.isFinished && pair.client.output().isEmpty)
    pair.client.session.send(first.client, [1])
    pair.client.receive(.ping())
    #expect(pair.client.output().isEmpty)
    #expect(pair.client.session.openStream(.request, endStream: true) == nil)
  }

  @Test func `PING is answered by the other side`() throws {
    let pair = try Pair()
    pair.server.session.ping(0x0123_4567_89ab_cdef)
    pair.pump()
    #expect(pair.server.events == [.pingAcked(0x0123_4567_89ab_cdef)])
  }

  @Test func `an open stream's object lives as long as the session needs it`() throws {
    weak var seen: HTTP2Stream?
    do {
      let server = try startedServer()
      server.receive(.headers(1), .data(1, [1, 2]))
      server.streams = [:]
      let session = server.session
      session.releaseIdleBuffers()
      server.receive(.data(1, [3]))
      #expect(server.bodies[1] == [1, 2, 3])
      server.receive(.headers(3))
      seen = server.streams[3]
      #expect(seen != nil)
      server.streams = [:]
      server.receive(.reset(3))
      #expect(seen == nil)
    }
  }

  /// A stream that its maker has state in, and that keeps the session's owner.
  private final class OwnStream: HTTP2Stream {
    let owner: AnyObject

    init(id: Int32, owner: AnyObject) {
      self.owner = owner
      super.init(id: id, .server)
    }
  }

  @Test func `a session makes streams of its caller's class, and lets them go when it is lost`()
    throws
  {
    let server = try startedServer()
    weak var seen: HTTP2Stream?
    server.session.makeStream = { [unowned server] id in OwnStream(id: id, owner: server) }
    server.receive(.headers(1))
    seen = server.streams[1]
    #expect(seen is OwnStream && seen?.id == 1)
    server.streams = [:]
    #expect(server.session.openStreams == 1)
    server.session.connectionLost()
    while server.session.nextEvent() != nil {}
    #expect(seen == nil)
    #expect(server.session.openStreams == 0)
  }
}

extension Event {
  var isClosed: Bool {
    if case .closed = self { true } else { false }
  }
}
