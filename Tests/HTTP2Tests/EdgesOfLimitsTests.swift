import HTTP2
import Testing
import Wire

@testable import HTTP2

/// Each member of `HTTP2Limits` from both sides: the largest allowed value, and one more.
@Suite(.timeLimit(.minutes(2))) struct EdgesOfLimitsTests {
  private static let never = HTTP2Limits.Rate(burst: 10_000, perSecond: 0)

  /// Limits that are never reached, except the one that `change` sets.
  private func limits(_ change: (inout HTTP2Limits) -> Void) -> HTTP2Limits {
    var limits = HTTP2Limits()
    limits.resets = Self.never
    limits.inducedResets = Self.never
    limits.glitches = Self.never
    change(&limits)
    return limits
  }

  /// The code of the GOAWAY with which a server answers `frames`; nil for none.
  private func goAway(_ limits: HTTP2Limits, _ frames: [Frame]) throws -> UInt32? {
    let server = try startedServer(limits)
    server.receive(frames)
    let frames = server.frames()
    return frames.last { $0.type == Frame.goAway }?.code
  }

  private func repeated(_ count: Int, _ frame: Frame) -> [Frame] {
    Array(repeating: frame, count: count)
  }

  @Test(arguments: [(100, nil), (101, 0xb)] as [(Int, UInt32?)])
  func `resets`(_ count: Int, _ code: UInt32?) throws {
    let limits = limits { $0.resets = .init(burst: 100, perSecond: 0) }
    let frames = (0..<count).flatMap { number -> [Frame] in
      let id = UInt32(number) * 2 + 1
      return [.headers(id, end: true), .reset(id)]
    }
    #expect(try goAway(limits, frames) == code)
  }

  @Test func `resets by time`() throws {
    final class Clock { var now: UInt64 = 0 }
    let clock = Clock()
    let server = try startedServer(
      limits { $0.resets = .init(burst: 1, perSecond: 10) }, clock: { clock.now })
    server.receive(.headers(1, end: true), .reset(1))
    clock.now = 100_000_000
    server.receive(.headers(3, end: true), .reset(3))
    #expect(server.error == nil)
    clock.now = 199_999_999
    server.receive(.headers(5, end: true), .reset(5))
    #expect(server.error != nil)
  }

  @Test(arguments: [(50, nil), (51, 0xb)] as [(Int, UInt32?)])
  func `induced resets`(_ count: Int, _ code: UInt32?) throws {
    let limits = limits { $0.inducedResets = .init(burst: 50, perSecond: 0) }
    let frames = (0..<count).flatMap { StreamError.missingPath.frames(UInt32($0) * 2 + 1) }
    #expect(try goAway(limits, frames) == code)
  }

  /// The handshake's SETTINGS and their acknowledgement cost ten each.
  @Test(arguments: [(80, nil), (81, 0xb)] as [(Int, UInt32?)])
  func `glitches`(_ count: Int, _ code: UInt32?) throws {
    let limits = limits { $0.glitches = .init(burst: 100, perSecond: 0) }
    #expect(try goAway(limits, repeated(count, .windowUpdate(0, 1))) == code)
  }

  @Test(arguments: [(8, nil), (9, 0xb)] as [(Int, UInt32?)])
  func `SETTINGS cost ten glitches`(_ count: Int, _ code: UInt32?) throws {
    let limits = limits { $0.glitches = .init(burst: 100, perSecond: 0) }
    #expect(try goAway(limits, repeated(count, .settings())) == code)
  }

  /// DATA with five bytes, or with END_STREAM, is no glitch.
  @Test(arguments: [(4, false, true), (5, false, false), (0, true, false)])
  func `tiny DATA`(bytes: Int, ends: Bool, isGlitch: Bool) throws {
    let limits = limits { $0.glitches = .init(burst: 50, perSecond: 0) }
    let data = [UInt8](repeating: 0, count: bytes)
    let padded = Frame(
      type: Frame.data, flags: Frame.padded | (ends ? 1 : 0), stream: 1,
      payload: [2] + data + [0, 0])
    for frame in [Frame.data(1, data, end: ends), padded] {
      let frames = ends ? [frame] : repeated(40, frame)
      // Thirty are left after the handshake; the call's HEADERS cost one and earn one.
      #expect(try goAway(limits, [.headers(1)] + frames) == (isGlitch ? 0xb : nil))
    }
  }

  @Test func `useful frames earn what they cost, even at the last glitch`() throws {
    let limits = limits { $0.glitches = .init(burst: 21, perSecond: 0) }
    let server = try startedServer(limits)
    for id in stride(from: 1, to: 401, by: 2) as StrideTo<UInt32> {
      server.receive(.headers(id, end: false), .data(id, [], end: true))
      server.session.reset(try server.stream(Int32(id)), .noError)
      server.session.release(try server.stream(Int32(id)))
      _ = server.frames()
    }
    #expect(server.error == nil)
    // The same in one read.
    let again = try startedServer(limits)
    var frames: [Frame] = []
    for id in stride(from: 1, to: 401, by: 2) as StrideTo<UInt32> {
      frames += [Frame.headers(id), Frame.data(id, [], end: true)]
    }
    again.receive(frames)
    #expect(again.error == nil && again.streams.count == 200)
  }

  @Test(arguments: [(5, nil), (6, 0xb)] as [(Int, UInt32?)])
  func `CONTINUATION frames`(_ count: Int, _ code: UInt32?) throws {
    let limits = limits { $0.maxContinuations = 5 }
    var frames = [Frame(type: Frame.headers, stream: 1, payload: Frame.literal(Frame.request))]
    frames += repeated(count - 1, Frame(type: Frame.continuation, stream: 1, payload: []))
    frames.append(Frame(type: Frame.continuation, flags: Frame.endHeaders, stream: 1))
    #expect(try goAway(limits, frames) == code)
    // The result is the same byte by byte: nghttp2 itself would count every piece of a header.
    let server = try startedServer(limits)
    for byte in frames.flatMap(\.bytes) { server.receive([byte]) }
    #expect((server.error == nil) == (code == nil))
    #expect((server.streams[1] != nil) == (code == nil))
  }

  @Test(arguments: [(7, nil), (8, 0xb)] as [(Int, UInt32?)])
  func `SETTINGS entries`(_ count: Int, _ code: UInt32?) throws {
    let limits = limits { $0.maxSettingsEntries = 7 }
    #expect(try goAway(limits, [.settings((0..<count).map { _ in (3, 1) })]) == code)
  }

  @Test(arguments: [(40, nil), (41, 0xb)] as [(Int, UInt32?)])
  func `acknowledgements that nobody reads`(_ count: Int, _ code: UInt32?) throws {
    let limits = limits { $0.maxQueuedAcks = 40 }
    #expect(try goAway(limits, repeated(count, .ping())) == code)
    #expect(try goAway(limits, repeated(count, .settings())) == code)
  }

  @Test(arguments: [(60, nil), (61, 0xb)] as [(Int, UInt32?)])
  func `frames of all kinds that nobody reads`(_ count: Int, _ code: UInt32?) throws {
    let limits = limits { $0.maxQueuedFrames = 60 }
    let frames = (0..<count).flatMap { StreamError.missingPath.frames(UInt32($0) * 2 + 1) }
    let server = try startedServer(limits)
    server.receive(frames)
    #expect((server.error == nil) == (code == nil))
    if code != nil { #expect(server.events.contains(.refused(.outboundFlood, 0))) }
    let last = server.frames().last
    #expect(last?.type == (code == nil ? Frame.reset : Frame.goAway))
  }

  // MARK: Header lists

  private static let usedBytes = Frame.request.reduce(0) {
    $0 + $1.0.utf8.count + $1.1.utf8.count + 32
  }

  @Test(arguments: [(0, true), (1, false)])
  func `bytes of a header list`(_ more: Int, _ passes: Bool) throws {
    let limits = limits { $0.maxHeaderListBytes = Self.usedBytes + 33 + 100 }
    let server = try startedServer(limits)
    let field = ("x", String(repeating: "v", count: 100 + more))
    server.receive(.headers(1, Frame.request + [field], end: true))
    let isTooLarge = server.events.contains(.tooLarge(1, end: true))
    #expect(isTooLarge != passes && server.session.heldSlots == (passes ? 1 : 0))
  }

  @Test(arguments: [(20, true), (21, false)])
  func `fields of a header list`(_ count: Int, _ passes: Bool) throws {
    let limits = limits { $0.maxHeaderFields = 20 }
    let server = try startedServer(limits)
    let extra = (0..<count - Frame.request.count).map { ("x-\($0)", "v") }
    server.receive(.headers(1, Frame.request + extra, end: true))
    #expect(server.events.contains(.tooLarge(1, end: true)) != passes)
  }

  @Test(arguments: [(0, HeaderCollector.Outcome.tooLarge), (1, .bomb)])
  func `what can still be answered`(_ more: Int, _ outcome: HeaderCollector.Outcome) {
    let name: [UInt8] = [1]
    let value = [UInt8](repeating: 1, count: 400 - 33 + more)
    var bytes = HeaderCollector(maxBytes: 100, maxFields: 10)
    bytes.begin()
    let byBytes = bytes.append(name.span, value.span)
    #expect(byBytes == outcome)
    var fields = HeaderCollector(maxBytes: 10_000, maxFields: 2)
    fields.begin()
    for _ in 0..<7 + more { _ = fields.append(name.span, name.span) }
    let byFields = fields.append(name.span, name.span)
    #expect(byFields == outcome)
  }

  // MARK: Windows and frames

  @Test(arguments: [(0, nil), (1, 3)] as [(Int, UInt32?)])
  func `the window of a stream`(_ more: Int, _ code: UInt32?) throws {
    let server = try startedServer(limits { $0.streamWindowBytes = 20_000 })
    server.consumes = false
    server.receive(
      .headers(1), .data(1, [UInt8](repeating: 0, count: 16_000)),
      .data(1, [UInt8](repeating: 0, count: 4000 + more)))
    let resets = server.frames().filter { $0.type == Frame.reset }.map(\.code)
    #expect(resets == (code == nil ? [] : [code]))
  }

  @Test(arguments: [(0, nil), (1, 3)] as [(Int, UInt32?)])
  func `the window of a connection`(_ more: Int, _ code: UInt32?) throws {
    let server = try startedServer(limits { $0.connectionWindowBytes = 65_535 + 1000 })
    server.consumes = false
    let full = [UInt8](repeating: 0, count: 16_384)
    server.receive([.headers(1)] + repeated(4, .data(1, full)))
    server.receive(.data(1, [UInt8](repeating: 0, count: 66_535 - 4 * 16_384 + more)))
    #expect(server.frames().last { $0.type == Frame.goAway }?.code == code)
  }

  @Test(
    arguments: [(16_384, 0, nil), (16_384, 1, 6), (20_000, 0, nil), (20_000, 1, 6)]
      as [(Int, Int, UInt32?)])
  func `the size of a frame`(_ limit: Int, _ more: Int, _ code: UInt32?) throws {
    let limits = limits { $0.maxFrameBytes = limit }
    let data = [UInt8](repeating: 0, count: limit + more)
    #expect(try goAway(limits, [.headers(1), .data(1, data)]) == code)
  }

  @Test(
    arguments: [
      (4096, [0x3f, 0xe1, 0x1f], nil), (4096, [0x3f, 0xe2, 0x1f], 9),
      (100, [0x3f, 0x45], nil), (100, [0x3f, 0x46], 9),
    ] as [(Int, [UInt8], UInt32?)])
  func `the table of received header fields`(
    _ limit: Int, _ update: [UInt8], _ code: UInt32?
  ) throws {
    let limits = limits { $0.headerTableBytes = limit }
    var frame = Frame.headers(1, end: true)
    frame.payload = update + frame.payload
    #expect(try goAway(limits, [frame]) == code)
  }

  @Test(arguments: [(0, false), (4096, true)])
  func `the table of sent header fields`(_ limit: Int, _ isUsed: Bool) throws {
    let client = try Peer(.client, limits { $0.sendHeaderTableBytes = limit })
    client.receive(.settings())
    _ = client.output()
    let blocks = (0..<2).map { _ in
      _ = client.session.openStream(.request, endStream: true)
      return client.frames().last?.payload.count ?? 0
    }
    #expect((blocks[1] < blocks[0] / 2) == isUsed)
  }

  @Test func `a header block that this side sends`() throws {
    // nghttp2 counts 12 bytes for the block, 5 for a priority and 12 for each field.
    let block = HeaderFields.trailersOnly
    let octets = block.reduce(0) { $0 + $1.name.count + $1.value.count }
    let bound = 12 + 5 + block.count * 12 + octets
    for (limit, isSent) in [(bound, true), (bound - 1, false)] {
      let server = try startedServer(limits { $0.maxSendHeaderBlockBytes = limit })
      server.receive(.headers(1, end: true))
      server.session.submitHeaders(try server.stream(1), block, endStream: true)
      let frames = server.frames()
      #expect(frames.map(\.type) == [isSent ? Frame.headers : Frame.reset])
      if !isSent { #expect(frames[0].code == 2) }
    }
  }

  @Test(arguments: [(999, false), (1000, true)])
  func `the watermark of a send queue`(_ count: Int, _ isReached: Bool) throws {
    let server = try startedServer(limits { $0.sendHighWatermark = 1000 })
    server.receive(.settings([(4, 0)]), .headers(1, end: true))
    let call = try server.stream(1)
    server.session.submitHeaders(call, .response, endStream: false)
    server.session.send(call, [UInt8](repeating: 0, count: count))
    _ = server.output()
    server.events = []
    server.receive(.windowUpdate(1, UInt32(count - 501)))
    _ = server.output()
    #expect(call.queuedBytes == 501 && server.events.isEmpty)
    server.receive(.windowUpdate(1, 1))
    _ = server.output()
    #expect(server.events == (isReached ? [.writable(1)] : []))
  }

  // MARK: Windows of refused streams

  @Test func `DATA of a refused stream gives the connection's window back`() throws {
    let server = try startedServer(
      limits {
        $0.maxConcurrentStreams = 1
        $0.connectionWindowBytes = 65_535
      })
    server.receive(.headers(1, end: true))
    server.session.submitHeaders(try server.stream(1), .trailersOnly, endStream: true)
    _ = server.output()
    // The slot is held, so each further stream is refused, and its DATA belongs to no stream.
    var opened = 0
    for id in stride(from: 3, to: 43, by: 2) as StrideTo<UInt32> {
      server.receive(.headers(id), .data(id, [UInt8](repeating: 0, count: 16_384)))
      for frame in server.frames() where frame.type == Frame.windowUpdate {
        #expect(frame.stream == 0)
        opened += Int(frame.number(at: 0))
      }
      #expect(server.error == nil && server.session.failure == nil)
    }
    #expect(opened >= 20 * 16_384 - 65_535 / 2 && opened <= 20 * 16_384)
    #expect(server.bodies.isEmpty)
  }

  @Test func `DATA of a header bomb gives the connection's window back`() throws {
    let server = try startedServer(limits { $0.connectionWindowBytes = 65_535 })
    let fields = Frame.request + (0..<450).map { ("x\($0)", "v") }
    for id in stride(from: 1, to: 41, by: 2) as StrideTo<UInt32> {
      server.receive(.headers(id, fields), .data(id, [UInt8](repeating: 0, count: 16_384)))
      _ = server.frames()
      #expect(server.error == nil && server.session.failure == nil)
    }
  }

  // MARK: Frames that are charged, and frames that are not

  @Test func `trailers earn what they cost`() throws {
    let server = try startedServer(limits { $0.glitches = .init(burst: 25, perSecond: 0) })
    for id in stride(from: 1, to: 101, by: 2) as StrideTo<UInt32> {
      server.receive(.headers(id), .headers(id, [("x", "y")], end: true))
    }
    #expect(server.error == nil && server.streams.count == 50)
  }

  @Test func `useful bytes pay for glitches`() throws {
    let server = try startedServer(limits { $0.glitches = .init(burst: 25, perSecond: 0) })
    server.receive(.headers(1))
    for _ in 0..<200 {
      server.receive(.windowUpdate(0, 1), .data(1, [UInt8](repeating: 0, count: 1024)))
    }
    #expect(server.error == nil)
  }

  @Test func `a server may reset a client's streams as it likes`() throws {
    let client = try Peer(.client, limits { $0.resets = .init(burst: 3, perSecond: 0) })
    client.receive(.settings())
    for _ in 0..<20 {
      let stream = try #require(client.session.openStream(.request, endStream: true))
      _ = client.output()
      client.receive(.reset(UInt32(stream.id)))
    }
    #expect(client.error == nil && client.session.openStreams == 0)
  }

  @Test func `resets of the caller's own, and those that spare an upload, are not the peer's`()
    throws
  {
    let server = try startedServer(limits { $0.inducedResets = .init(burst: 3, perSecond: 0) })
    for id in stride(from: 1, to: 41, by: 4) as StrideTo<UInt32> {
      server.receive(.headers(id), .headers(id + 2))
      server.session.reset(try server.stream(Int32(id)), .cancel)
      // The reply ends before the request: RST_STREAM with NO_ERROR follows.
      server.session.submitHeaders(
        try server.stream(Int32(id + 2)), .trailersOnly, endStream: true)
      _ = server.output()
      server.session.resetAnswered(after: .zero)
      let codes = server.frames().filter { $0.type == Frame.reset }.compactMap(\.code)
      #expect(codes == [0])
    }
    #expect(server.session.failure == nil)
  }

  @Test func `streams refused although the limit is known are the peer's doing`() throws {
    let server = try startedServer(
      limits {
        $0.maxConcurrentStreams = 1
        $0.inducedResets = .init(burst: 3, perSecond: 0)
      })
    server.receive(.headers(1, end: true), .reset(1))
    for id in [3, 5, 7] as [UInt32] {
      server.receive(.headers(id, end: true))
      #expect(server.frames().map(\.code) == [7])
    }
    server.receive(.headers(9, end: true))
    #expect(server.frames().last?.type == Frame.goAway && server.session.failure != nil)
  }

  @Test func `a stream that has ended gets no more window`() throws {
    let server = try startedServer()
    server.consumes = false
    let data = [UInt8](repeating: 0, count: 16_384)
    let frames = Array(repeating: Frame.data(1, data), count: 60)
    server.receive([.headers(1)] + frames + [.data(1, data, end: true)])
    server.session.consume(try server.stream(1), 61 * 16_384)
    #expect(server.frames().filter { $0.type == Frame.windowUpdate && $0.stream == 1 }.isEmpty)
  }

  @Test func `output tells when there is more`() throws {
    let server = try startedServer()
    server.receive(.headers(1, end: true))
    let call = try server.stream(1)
    server.session.submitHeaders(call, .response, endStream: false)
    server.session.send(call, [UInt8](repeating: 0, count: 40_000))
    var bytes: [UInt8] = []
    #expect(server.session.produceOutput(into: &bytes, limit: 20_000))
    bytes = []
    #expect(!server.session.produceOutput(into: &bytes, limit: 1 << 20))
    // A window is used up: the rest waits for the peer, not for another call.
    server.session.send(call, [UInt8](repeating: 0, count: 40_000))
    bytes = []
    #expect(!server.session.produceOutput(into: &bytes, limit: 1 << 20))
    #expect(call.queuedBytes > 0 && !server.session.wantsWrite)
  }
}
