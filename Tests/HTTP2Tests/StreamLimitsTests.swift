import HTTP2
import Testing

/// The most streams, and the most running calls, of one peer.
@Suite(.timeLimit(.minutes(2))) struct StreamLimitsTests {
  @Test func `a slot is held until it is released, not until the stream is closed`() throws {
    var limits = HTTP2Limits()
    limits.maxConcurrentStreams = 3
    let server = try startedServer(limits)
    for id in [1, 3, 5] as [UInt32] { server.receive(.headers(id, end: true), .reset(id)) }
    #expect(server.session.openStreams == 0 && server.session.heldSlots == 3)
    _ = server.frames()

    server.receive(.headers(7, end: true))
    #expect(server.events.last == .refused(.tooManyStreams, 7))
    let frames = server.frames()
    #expect(frames.map(\.type) == [Frame.reset] && frames[0].code == 7)

    server.session.release(try server.stream(3))
    server.receive(.headers(9, end: true))
    #expect(server.events.last == .headers(9, Frame.request.map { "\($0): \($1)" }, end: true))
    #expect(server.session.heldSlots == 3)
  }

  @Test func `streams above the limit before it was known are refused and not counted`() throws {
    var limits = HTTP2Limits()
    limits.maxConcurrentStreams = 10
    let server = try Peer(.server, limits)
    server.receive(Frame.preface + Frame.settings().bytes)
    for number in 0..<500 as Range<UInt32> { server.receive(.headers(number * 2 + 1)) }
    let refused = server.frames().filter { $0.type == Frame.reset && $0.code == 7 }
    #expect(refused.count == 490)
    #expect(server.error == nil && server.session.failure == nil)
    #expect(server.session.heldSlots == 10)
  }

  @Test func `streams above a limit that was acknowledged end the connection`() throws {
    var limits = HTTP2Limits()
    limits.maxConcurrentStreams = 2
    let server = try startedServer(limits)
    for id in [1, 3, 5] as [UInt32] { server.receive(.headers(id)) }
    #expect(server.frames().last?.code == 1)
    #expect(server.session.isFinished)
  }

  @Test func `a client keeps to the server's limit and queues`() throws {
    var limits = HTTP2Limits()
    limits.maxConcurrentStreams = 2
    let pair = try Pair(server: limits)
    let streams = (0..<5).compactMap { _ in
      pair.client.session.openStream(.request, endStream: true)
    }
    pair.pump()
    #expect(pair.server.session.openStreams == 2)
    // A stream that waits is withdrawn at once, and never sent.
    pair.client.session.reset(streams[2], .cancel)
    pair.client.drain()
    #expect(pair.client.events.last == .closed(5, .resetLocally(.cancel)))
    for id in [1, 3, 7, 9] as [Int32] {
      let call = try pair.server.stream(id)
      pair.server.session.submitHeaders(call, .trailersOnly, endStream: true)
      pair.server.session.release(call)
      pair.pump()
    }
    #expect(pair.server.streams.keys.sorted() == [1, 3, 7, 9])
    #expect(pair.client.session.openStreams == 0)
  }
}
