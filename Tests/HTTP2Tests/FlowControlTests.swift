import HTTP2
import Testing

@Suite(.timeLimit(.minutes(2))) struct FlowControlTests {
  /// The initial window is 65,535 bytes: replies that are one byte shorter, as long, and one
  /// longer.
  @Test(arguments: [65_534, 65_535, 65_536, 131_070, 131_071])
  func `trailers are never lost at the window's edge`(size: Int) throws {
    var limits = HTTP2Limits()
    limits.streamWindowBytes = 65_535
    limits.connectionWindowBytes = 65_535
    let pair = try Pair(client: limits)
    let call = try pair.open(end: true)
    pair.server.session.submitHeaders(call.server, .response, endStream: false)
    pair.server.session.send(call.server, [UInt8](repeating: 1, count: size))
    pair.server.session.endWithTrailers(call.server, .ok)
    pair.pump()
    #expect(pair.client.bodies[1]?.count == size)
    #expect(pair.client.events.last == .closed(1, .finished))
  }

  @Test(arguments: [65_534, 65_535])
  func `trailers need no window`(size: Int) throws {
    var limits = HTTP2Limits()
    limits.streamWindowBytes = 65_535
    limits.connectionWindowBytes = 65_535
    let pair = try Pair(client: limits)
    pair.client.consumes = false
    let call = try pair.open(end: true)
    pair.server.session.submitHeaders(call.server, .response, endStream: false)
    pair.server.session.send(call.server, [UInt8](repeating: 1, count: size))
    pair.pump()
    #expect(call.server.queuedBytes == 0)
    pair.server.session.endWithTrailers(call.server, .ok)
    pair.pump()
    #expect(pair.client.events.last == .closed(1, .finished))
  }

  @Test func `a reader that does not consume stops the writer at the stream's window`() throws {
    var limits = HTTP2Limits()
    limits.streamWindowBytes = 100_000
    let pair = try Pair(server: limits)
    pair.server.consumes = false
    let call = try pair.open()
    pair.client.session.send(call.client, [UInt8](repeating: 1, count: 300_000))
    pair.pump()
    #expect(pair.server.bodies[1]?.count == 100_000)
    #expect(call.client.queuedBytes == 200_000)
    #expect(call.server.unconsumedBytes == 100_000)
    #expect(!pair.client.session.wantsWrite)

    pair.server.session.consume(call.server, 100_000)
    pair.pump()
    #expect(pair.server.bodies[1]?.count == 200_000)
  }

  @Test func `one stream at its window does not stop another`() throws {
    var limits = HTTP2Limits()
    limits.streamWindowBytes = 100_000
    let pair = try Pair(server: limits)
    pair.server.consumes = false
    let stuck = try pair.open()
    pair.client.session.send(stuck.client, [UInt8](repeating: 1, count: 300_000))
    let other = try pair.open()
    pair.client.session.send(other.client, [2])
    pair.pump()
    #expect(pair.server.bodies[other.client.id] == [2])
  }

  @Test func `streams that end unread give the connection's window back`() throws {
    var limits = HTTP2Limits()
    limits.streamWindowBytes = 65_535
    limits.connectionWindowBytes = 65_535
    let pair = try Pair(server: limits)
    pair.server.consumes = false
    for round in 0..<20 {
      let call = try pair.open()
      pair.client.session.send(call.client, [UInt8](repeating: 1, count: 60_000))
      pair.pump()
      #expect(pair.server.bodies[call.client.id]?.count == 60_000)
      switch round % 3 {
      case 0: pair.client.session.reset(call.client, .cancel)
      case 1: pair.server.session.reset(call.server, .cancel)
      default:
        pair.server.session.submitHeaders(call.server, .trailersOnly, endStream: true)
        pair.pump()
        pair.server.session.resetAnswered(after: .zero)
      }
      pair.pump()
      #expect(call.server.isClosed)
      pair.server.session.release(call.server)
    }
  }

  @Test func `data for a stream that was reset gives the connection's window back`() throws {
    let server = try startedServer()
    server.receive(.headers(1))
    server.session.reset(try server.stream(1), .cancel)
    var updates: [Frame] = []
    for _ in 0..<600 {
      server.receive(.data(1, [UInt8](repeating: 1, count: 16_000)))
      updates += server.frames().filter { $0.type == Frame.windowUpdate && $0.stream == 0 }
    }
    #expect(server.error == nil)
    let given = updates.reduce(0) { $0 + Int($1.number(at: 0)) }
    #expect(given > 600 * 16_000 - (4 << 20))
  }

  @Test func `DATA past a stream's window ends the stream`() throws {
    var limits = HTTP2Limits()
    limits.streamWindowBytes = 1000
    let server = try startedServer(limits)
    server.consumes = false
    server.receive(.headers(1), .data(1, [UInt8](repeating: 1, count: 1000)))
    #expect(server.frames().isEmpty && server.bodies[1]?.count == 1000)
    server.receive(.data(1, [1]))
    #expect(server.frames() == [.reset(1, 3)])
    #expect(server.events.contains(.closed(1, .resetLocally(.flowControlError))))
    server.receive(.headers(3, end: true))
    #expect(server.error == nil && server.streams[3] != nil)
  }

  @Test(arguments: [0, 100] as [UInt8])
  func `DATA past the connection's window ends the connection, padding included`(
    _ padding: UInt8
  ) throws {
    var limits = HTTP2Limits()
    limits.connectionWindowBytes = 65_535
    let server = try startedServer(limits)
    server.consumes = false
    let piece = [UInt8](repeating: 1, count: 13_107)
    for stream: UInt32 in [1, 3, 5, 7] { server.receive(.headers(stream), .data(stream, piece)) }
    let rest = [UInt8](repeating: 1, count: 13_106 - Int(padding))
    let padded = Frame(
      type: Frame.data, flags: Frame.padded, stream: 9,
      payload: [padding] + rest + [UInt8](repeating: 0, count: Int(padding)))
    server.receive(.headers(9), padded)
    #expect(server.error == nil && !server.frames().contains { $0.type == Frame.goAway })
    server.receive(.data(7, [1]))
    #expect(server.frames().last?.code == 3)
    #expect(server.session.isFinished)
  }

  @Test func `consuming more than was received opens no more`() throws {
    let server = try startedServer()
    server.consumes = false
    server.receive(.headers(1), .data(1, [UInt8](repeating: 1, count: 10_000)))
    let call = try server.stream(1)
    server.session.consume(call, .max)
    server.session.consume(call, 5)
    server.session.consume(call, -5)
    _ = server.frames()
    #expect(call.unconsumedBytes == 0)
    #expect(server.session.failure == nil)
  }

  @Test func `padding is consumed by the session`() throws {
    let server = try startedServer()
    server.consumes = false
    server.receive(.headers(1))
    for _ in 0..<100 {
      let padded = [255] + [UInt8](repeating: 1, count: 16_000) + [UInt8](repeating: 0, count: 255)
      server.receive(Frame(type: Frame.data, flags: Frame.padded, stream: 1, payload: padded))
      server.session.consume(try server.stream(1), 16_000)
      _ = server.frames()
    }
    #expect(server.error == nil)
    #expect(try server.stream(1).unconsumedBytes == 0)
  }

  @Test func `writable comes once when the queue has fallen from above the watermark`() throws {
    var limits = HTTP2Limits()
    limits.streamWindowBytes = 65_535
    limits.sendHighWatermark = 50_000
    let pair = try Pair(client: limits, server: limits)
    pair.client.consumes = false
    let call = try pair.open(end: true)
    pair.server.session.submitHeaders(call.server, .response, endStream: false)
    pair.server.session.send(call.server, [UInt8](repeating: 1, count: 49_999))
    pair.pump()
    #expect(!pair.server.events.contains(.writable(1)))
    pair.server.session.send(call.server, [UInt8](repeating: 1, count: 50_000))
    pair.pump()
    #expect(!pair.server.events.contains(.writable(1)))
    pair.client.session.consume(call.client, 65_535)
    pair.pump()
    #expect(pair.server.events.filter { $0 == .writable(1) }.count == 1)
    #expect(call.server.queuedBytes == 0)
  }

  enum End: CaseIterable { case resetByCaller, resetByPeer, connectionLost }

  @Test(arguments: End.allCases)
  func `nothing of a stream is queued when it is over, however it ended`(_ end: End) throws {
    let server = try startedServer()
    for id in [1, 3] as [UInt32] {
      server.receive(.headers(id, end: true))
      server.session.submitHeaders(try server.stream(Int32(id)), .response, endStream: false)
    }
    server.session.send(try server.stream(1), [UInt8](repeating: 1, count: 100_000))
    server.session.send(try server.stream(3), [UInt8](repeating: 1, count: 70_000))
    _ = server.frames()
    let left = try server.stream(1).queuedBytes + server.stream(3).queuedBytes
    #expect(left == 170_000 - 65_535 && server.session.queuedBytes == left)
    let other = try server.stream(3).queuedBytes
    switch end {
    case .resetByCaller: server.session.reset(try server.stream(1), .cancel)
    case .resetByPeer: server.receive(.reset(1))
    case .connectionLost: server.session.connectionLost()
    }
    server.drain()
    _ = server.frames()
    #expect(server.session.queuedBytes == (end == .connectionLost ? 0 : other))
    if end != .connectionLost {
      server.session.reset(try server.stream(3), .cancel)
      _ = server.frames()
      #expect(server.session.queuedBytes == 0)
    }
  }

  @Test func `consumption alone is something to write`() throws {
    var limits = HTTP2Limits()
    limits.connectionWindowBytes = 65_535
    let server = try startedServer(limits)
    server.consumes = false
    server.receive(.headers(1))
    for _ in 0..<4 { server.receive(.data(1, [UInt8](repeating: 1, count: 10_000))) }
    _ = server.frames()
    #expect(!server.session.wantsWrite)
    server.session.keep(try server.stream(1), 40_000)
    #expect(server.session.wantsWrite)
    let updates = server.frames().filter { $0.type == Frame.windowUpdate }
    #expect(updates.map(\.stream) == [0])
    #expect(!server.session.wantsWrite)
  }

  @Test func `a larger window of the peer's settings lets waiting bytes go`() throws {
    let server = try startedServer()
    server.receive(.headers(1, end: true))
    let call = try server.stream(1)
    server.session.submitHeaders(call, .response, endStream: false)
    server.session.send(call, [UInt8](repeating: 1, count: 100_000))
    server.session.endWithTrailers(call, .ok)
    _ = server.frames()
    #expect(call.queuedBytes == 100_000 - 65_535)
    server.receive(.windowUpdate(0, 100_000), .settings([(4, 200_000)]))
    #expect(server.frames().last?.type == Frame.headers)
    #expect(call.isClosed)
  }

  @Test func `a smaller window than was used is waited out`() throws {
    let server = try startedServer()
    server.receive(.headers(1, end: true))
    let call = try server.stream(1)
    server.session.submitHeaders(call, .response, endStream: false)
    server.session.send(call, [UInt8](repeating: 1, count: 60_000))
    _ = server.frames()
    server.receive(.settings([(4, 10)]))
    server.session.send(call, [1, 2, 3])
    #expect(server.frames().allSatisfy { $0.type != Frame.data })
    server.receive(.windowUpdate(1, 60_000))
    #expect(server.frames().map(\.type) == [Frame.data])
  }

  @Test func `a large reply shares the connection with small ones`() throws {
    let pair = try Pair()
    let large = try pair.open(end: true)
    let other = try pair.open(end: true)
    let small = try pair.open(end: true)
    for call in [large, other, small] {
      pair.server.session.submitHeaders(call.server, .response, endStream: false)
    }
    pair.server.session.send(large.server, [UInt8](repeating: 1, count: 900_000))
    pair.server.session.send(other.server, [UInt8](repeating: 1, count: 900_000))
    pair.server.session.send(small.server, [2])
    let streams = try #require(Frame.parse(pair.server.output(limit: 200_000)))
      .filter { $0.type == Frame.data }.map(\.stream)
    #expect(
      streams.prefix(4).sorted() == [1, 1, 3, 5] || streams.prefix(4).sorted() == [1, 3, 3, 5])
  }

  @Test func `output stops at the mark and goes on where it stopped`() throws {
    let pair = try Pair()
    let call = try pair.open(end: true)
    pair.server.session.submitHeaders(call.server, .response, endStream: false)
    let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    pair.server.session.send(call.server, body)
    pair.server.session.endWithTrailers(call.server, .ok)
    var passes = 0
    while pair.server.session.wantsWrite {
      var bytes: [UInt8] = []
      _ = pair.server.session.produceOutput(into: &bytes, limit: 1000)
      #expect(bytes.count <= 1000 + 16_384 + 9)
      pair.client.receive(bytes)
      passes += 1
    }
    #expect(passes > 10)
    #expect(pair.client.bodies[1] == body)
    #expect(pair.client.events.last == .closed(1, .finished))
  }
}
