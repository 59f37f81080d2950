import HTTP2
import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct ConversationTests {
  @Test func `a unary call goes there and back`() throws {
    let pair = try Pair()
    let stream = try #require(pair.client.session.openStream(.request, endStream: false))
    pair.client.session.send(stream, [0, 0, 0, 0, 1, 9])
    pair.client.session.end(stream)
    pair.server.receive(pair.client.output())
    #expect(
      pair.server.events == [
        .headers(1, HeaderFields.request.lines, end: false), .data(1, 6, end: true),
      ])
    #expect(pair.server.bodies[1] == [0, 0, 0, 0, 1, 9])

    let call = try pair.server.stream(1)
    pair.server.session.submitHeaders(call, .response, endStream: false)
    pair.server.session.send(call, [0, 0, 0, 0, 2, 7, 8])
    pair.server.session.endWithTrailers(call, .ok)
    pair.client.receive(pair.server.output())
    #expect(
      pair.client.events == [
        .headers(1, HeaderFields.response.lines, end: false), .data(1, 7, end: false),
        .trailers(1, HeaderFields.ok.lines), .closed(1, .finished),
      ])
    #expect(pair.server.events.last == .closed(1, .finished))
    #expect(call.isClosed && stream.isClosed)
    #expect(pair.server.session.openStreams == 0 && pair.client.session.openStreams == 0)
  }

  @Test func `a unary reply leaves in one pass as HEADERS DATA HEADERS`() throws {
    let server = try startedServer()
    server.receive(.headers(1), .data(1, [0, 0, 0, 0, 0], end: true))
    let call = try server.stream(1)
    server.session.submitHeaders(call, .response, endStream: false)
    server.session.send(call, [1, 2, 3])
    server.session.endWithTrailers(call, .ok)
    let frames = server.frames()
    #expect(frames.map(\.type) == [Frame.headers, Frame.data, Frame.headers])
    #expect(frames.map(\.ends) == [false, false, true])
    #expect(frames[1].payload == [1, 2, 3])
  }

  @Test func `Trailers-Only is one HEADERS with END_STREAM`() throws {
    let server = try startedServer()
    server.receive(.headers(1, end: true))
    server.session.submitHeaders(try server.stream(1), .trailersOnly, endStream: true)
    let frames = server.frames()
    #expect(frames.map(\.type) == [Frame.headers])
    #expect(frames[0].ends)
    #expect(server.events.last == .closed(1, .finished))
  }

  @Test func `a reply without a message has no DATA frame`() throws {
    let server = try startedServer()
    server.receive(.headers(1, end: true))
    let call = try server.stream(1)
    server.session.submitHeaders(call, .response, endStream: false)
    server.session.endWithTrailers(call, .ok)
    #expect(server.frames().map(\.type) == [Frame.headers, Frame.headers])
  }

  @Test func `a plain reply ends with its last DATA frame`() throws {
    let server = try startedServer()
    server.receive(.headers(1, end: true))
    let call = try server.stream(1)
    server.session.submitHeaders(call, [":status": "415"], endStream: false)
    server.session.send(call, Array("no".utf8))
    server.session.end(call)
    let frames = server.frames()
    #expect(frames.map(\.type) == [Frame.headers, Frame.data])
    #expect(frames[1].ends)
  }

  @Test func `a reply before the request's end is followed by NO_ERROR in a while`() throws {
    let time = Time()
    let server = try startedServer { time.now }
    server.receive(.headers(1))
    server.session.submitHeaders(try server.stream(1), .trailersOnly, endStream: true)
    #expect(server.frames().map(\.type) == [Frame.headers])
    time.now = 999_999_999
    server.session.resetAnswered(after: .seconds(1))
    #expect(server.frames().isEmpty && server.session.openStreams == 1)
    time.now = 1_000_000_000
    server.session.resetAnswered(after: .seconds(1))
    #expect(server.frames() == [.reset(1, 0)])
    #expect(server.events.last == .closed(1, .finished))
    // Frames that were already on their way are ignored.
    server.receive(.data(1, [1, 2, 3], end: true))
    server.session.resetAnswered(after: .zero)
    #expect(server.error == nil)
    #expect(server.frames().isEmpty)
  }

  /// A clock that the test sets.
  private final class Time {
    var now: UInt64 = 0
  }

  @Test func `a request that ends in the meantime ends its stream without a reset`() throws {
    let server = try startedServer()
    server.receive(.headers(1), .headers(3))
    for id in [1, 3] as [Int32] {
      server.session.submitHeaders(try server.stream(id), .trailersOnly, endStream: true)
    }
    _ = server.frames()
    let body = [UInt8](repeating: 7, count: 16_000)
    server.receive(Array(repeating: .data(1, body), count: 60))
    // The window is given back, so that the rest of the body can come.
    #expect(server.frames().contains { $0.type == Frame.windowUpdate && $0.stream == 1 })
    server.receive(Array(repeating: .data(1, body), count: 60) + [.data(1, body, end: true)])
    #expect(server.error == nil && server.bodies[1]?.count == 121 * 16_000)
    #expect(server.events.last == .closed(1, .finished))
    server.session.resetAnswered(after: .zero)
    #expect(server.frames().filter { $0.type == Frame.reset } == [.reset(3, 0)])
    #expect(server.session.openStreams == 0)
  }

  @Test func `the client takes RST_STREAM NO_ERROR behind trailers as the end`() throws {
    let pair = try Pair()
    let call = try pair.open()
    pair.server.session.submitHeaders(call.server, .trailersOnly, endStream: true)
    pair.pump()
    pair.server.session.resetAnswered(after: .zero)
    pair.pump()
    #expect(pair.client.events.last == .closed(1, .finished))
  }

  @Test func `messages of a stream arrive in order through many passes`() throws {
    let pair = try Pair()
    let call = try pair.open(end: true)
    pair.server.session.submitHeaders(call.server, .response, endStream: false)
    var sent: [UInt8] = []
    for number in 0..<200 {
      let chunk = [UInt8](repeating: UInt8(number), count: number * 13)
      sent += chunk
      pair.server.session.send(call.server, chunk)
      if number % 7 == 0 { pair.pump() }
    }
    pair.server.session.endWithTrailers(call.server, .ok)
    pair.pump()
    #expect(pair.client.bodies[1] == sent)
    #expect(
      pair.client.events.suffix(2) == [.trailers(1, ["grpc-status: 0"]), .closed(1, .finished)])
  }

  @Test func `a stream that was idle sends again and ends`() throws {
    let pair = try Pair()
    let call = try pair.open(end: true)
    pair.server.session.submitHeaders(call.server, .response, endStream: false)
    for _ in 0..<3 {
      pair.server.session.send(call.server, [1])
      pair.pump()
    }
    pair.server.session.endWithTrailers(call.server, .ok)
    pair.pump()
    #expect(pair.client.bodies[1] == [1, 1, 1])
    #expect(pair.client.events.last == .closed(1, .finished))
  }

  @Test func `bidirectional messages cross`() throws {
    let pair = try Pair()
    let call = try pair.open()
    pair.server.session.submitHeaders(call.server, .response, endStream: false)
    for number in 0..<10 {
      pair.client.session.send(call.client, [UInt8(number)])
      pair.server.session.send(call.server, [UInt8(100 + number)])
      pair.pump()
    }
    pair.client.session.end(call.client)
    pair.pump()
    #expect(pair.server.events.last == .data(1, 0, end: true))
    pair.server.session.endWithTrailers(call.server, .ok)
    pair.pump()
    #expect(pair.server.bodies[1] == (0..<10).map { UInt8($0) })
    #expect(pair.client.bodies[1] == (100..<110).map { UInt8($0) })
    #expect(pair.client.events.last == .closed(1, .finished))
  }

  @Test func `a request's trailers end it`() throws {
    let server = try startedServer()
    server.receive(.headers(1), .data(1, [1]), .headers(1, [("x", "y")], end: true))
    #expect(server.events.suffix(2) == [.data(1, 1, end: false), .trailers(1, ["x: y"])])
    #expect(try server.stream(1).remoteEnded)
  }

  @Test func `interim responses are skipped`() throws {
    let client = try Peer(.client)
    _ = client.output()
    let stream = try #require(client.session.openStream(.request, endStream: true))
    _ = client.output()
    client.receive(
      .settings(), .headers(1, [(":status", "103"), ("link", "x")]),
      .headers(1, [(":status", "200")]), .headers(1, [("grpc-status", "0")], end: true))
    #expect(
      client.events.dropFirst() == [
        .headers(1, [":status: 200"], end: false), .trailers(1, ["grpc-status: 0"]),
        .closed(1, .finished),
      ])
    #expect(stream.isClosed)
  }

  @Test func `a client asks for no push and a server has no priority tree`() throws {
    let pair = try Pair()
    let client = try Peer(.client)
    let up = client.output()
    #expect(Array(up.prefix(24)) == Frame.preface)
    let settings = try #require(Frame.parse(Array(up.dropFirst(24)))?.first)
    #expect(settings.entries[2] == 0)
    let server = try Peer(.server)
    server.receive(Frame.preface)
    let announced = try #require(server.frames().first).entries
    #expect(announced[9] == 1)
    #expect(announced[3] == 1000)
    #expect(announced[6] == 8192)
    _ = pair
  }

  @Test func `reset reaches the other side with its code and drops what is queued`() throws {
    let pair = try Pair()
    let call = try pair.open()
    pair.client.session.send(call.client, [1, 2, 3])
    pair.client.session.reset(call.client, .cancel)
    #expect(call.client.queuedBytes == 0)
    pair.pump()
    #expect(pair.server.events.last == .closed(1, .resetByPeer(.cancel)))
    #expect(pair.client.events.last == .closed(1, .resetLocally(.cancel)))
  }

  @Test func `calls on a closed stream do nothing`() throws {
    let pair = try Pair()
    let call = try pair.open()
    pair.client.session.reset(call.client, .cancel)
    pair.pump()
    let session = pair.server.session
    session.submitHeaders(call.server, .response, endStream: false)
    session.send(call.server, [1])
    session.endWithTrailers(call.server, .ok)
    session.end(call.server)
    session.reset(call.server, .cancel)
    session.consume(call.server, 10)
    session.release(call.server)
    session.release(call.server)
    pair.pump()
    #expect(session.heldSlots == 0)
    #expect(session.failure == nil && pair.client.session.failure == nil)
  }

  @Test func `header blocks of any size go through, up to the limit of sending`() throws {
    var limits = HTTP2Limits()
    limits.maxHeaderListBytes = 1 << 20
    limits.maxHeaderFields = 1000
    let pair = try Pair(client: limits, server: limits)
    var block = HeaderFields.request
    for number in 0..<300 { block.append("x-\(number)", String(repeating: "v", count: 100)) }
    let stream = try #require(pair.client.session.openStream(block, endStream: true))
    pair.pump()
    #expect(pair.server.events == [.headers(1, block.lines, end: true)])

    block.append("big", String(repeating: "v", count: 70_000))
    let second = try #require(pair.client.session.openStream(block, endStream: true))
    pair.pump()
    #expect(pair.client.events.last == .closed(second.id, .resetLocally(.internalError)))

    // Trailers that are too large reset the stream, so that the client does not wait.
    let call = try pair.server.stream(stream.id)
    pair.server.session.submitHeaders(call, .response, endStream: false)
    pair.server.session.endWithTrailers(call, block)
    pair.pump()
    #expect(pair.client.events.last == .closed(1, .resetByPeer(.internalError)))
  }
}

extension Frame {
  /// The entries of a SETTINGS frame.
  var entries: [UInt16: UInt32] {
    var entries: [UInt16: UInt32] = [:]
    for offset in stride(from: 0, to: payload.count, by: 6) {
      entries[UInt16(payload[offset]) << 8 | UInt16(payload[offset + 1])] = number(at: offset + 2)
    }
    return entries
  }
}
