import HTTP2
import Testing

/// Rules of RFC 9113 for servers that no well-behaved client ever tests.
@Suite(.timeLimit(.minutes(2))) struct ProtocolRulesTests {
  // MARK: The preface

  @Test(arguments: [
    ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", HTTP2Error.PeerGuess.http1), ("POST /", .http1),
    ("PRI * HTTP/1.1\r\n", .unknown), ("\u{16}\u{03}\u{01}\u{02}", .tls), ("\0\0\0", .unknown),
    ("get / HTTP/1.1\r\n", .http1), ("\r\nGET / HTTP/1.1\r\n", .http1), ("\n", .unknown),
  ])
  func `bytes that are not the preface are told apart and nothing is sent`(
    _ bytes: String, _ guess: HTTP2Error.PeerGuess
  ) throws {
    let server = try Peer(.server)
    server.receive(Array(bytes.utf8))
    #expect(server.error == .badPreface(guess))
    #expect(server.output().isEmpty)
    #expect(server.session.isFinished && !server.session.wantsWrite)
    #expect(server.events == [.refused(.badPreface, 0)])
  }

  @Test func `an HTTP 1 request is known even if it starts like the preface, byte by byte`() throws
  {
    let server = try Peer(.server)
    for byte in "PRIME / HTTP/1.1\r\n".utf8 where server.error == nil {
      server.receive([byte])
      #expect(server.output().isEmpty)
    }
    #expect(server.error == .badPreface(.http1))
  }

  @Test func `the server's settings wait for the client's preface`() throws {
    let server = try Peer(.server)
    for byte in Frame.preface.dropLast() {
      server.receive([byte])
      #expect(server.output().isEmpty && !server.session.wantsWrite)
    }
    server.receive([0x0a])
    #expect(server.session.wantsWrite)
    #expect(server.frames().first?.type == Frame.settings)
  }

  @Test func `SETTINGS must follow the preface`() throws {
    let server = try Peer(.server)
    server.receive(Frame.preface + Frame.ping().bytes)
    #expect(server.frames().last?.code == 1)
    #expect(server.session.isFinished)
  }

  // MARK: Connection errors

  /// Frames, and the code of the GOAWAY that they cause.
  struct Violation: CustomTestStringConvertible, Sendable {
    let name: String
    let code: UInt32
    let frames: [Frame]

    init(_ name: String, _ code: UInt32, _ frames: Frame...) {
      self.name = name
      self.code = code
      self.frames = frames
    }

    var testDescription: String { name }
  }

  static let connectionErrors: [Violation] = [
    Violation("DATA on stream 0", 1, .data(0, [1])),
    Violation("DATA on an idle stream", 1, .data(1, [1])),
    Violation("DATA after END_STREAM", 5, .headers(1, end: true), .data(1, [1])),
    Violation("HEADERS on stream 0", 1, .headers(0)),
    Violation("HEADERS on an even stream", 1, .headers(2)),
    Violation("HEADERS after END_STREAM", 5, .headers(1, end: true), .headers(1, end: true)),
    Violation(
      "padding longer than the frame", 1,
      .headers(1), Frame(type: 0, flags: 8, stream: 1, payload: [5, 0])),
    Violation(
      "HEADERS padding longer than the frame", 1,
      Frame(type: 1, flags: 12, stream: 1, payload: [9, 0])),
    Violation("DATA after RST_STREAM", 5, .headers(1), .reset(1), .data(1, [1])),
    Violation("HEADERS after RST_STREAM", 5, .headers(1), .reset(1), .headers(1, end: true)),
    Violation("DATA on a stream that was passed over", 5, .headers(5), .data(3, [1])),
    Violation("HEADERS below the newest stream", 1, .headers(5), .headers(3)),
    Violation("DATA after trailers", 5, .headers(1), .headers(1, end: true), .data(1, [1])),
    Violation(
      "DATA behind the END_STREAM of a request that is malformed", 5,
      .headers(1, [("x", "y")], end: true), .data(1, [1])),
    Violation("PRIORITY on stream 0", 1, Frame(type: 2, stream: 0, payload: [0, 0, 0, 1, 0])),
    Violation(
      "PRIORITY that depends on itself", 1, .headers(1),
      Frame(type: 2, stream: 1, payload: [0x80, 0, 0, 1, 0])),
    Violation("PRIORITY with a wrong length", 6, Frame(type: 2, stream: 1, payload: [0])),
    Violation(
      "HEADERS that depend on themselves", 1,
      Frame(
        type: 1, flags: 0x24, stream: 1, payload: [0, 0, 0, 1, 0] + Frame.literal(Frame.request))),
    Violation("RST_STREAM on stream 0", 1, .reset(0)),
    Violation("RST_STREAM on an idle stream", 1, .reset(1)),
    Violation("RST_STREAM with a wrong length", 6, Frame(type: 3, stream: 1, payload: [0])),
    Violation("SETTINGS on a stream", 1, Frame(type: 4, stream: 1)),
    Violation("SETTINGS with a wrong length", 6, Frame(type: 4, payload: [0])),
    Violation(
      "SETTINGS ACK with a payload", 6, Frame(type: 4, flags: 1, payload: [0, 3, 0, 0, 0, 1])),
    Violation("SETTINGS ACK out of the blue", 1, .settings(ack: true)),
    Violation("ENABLE_PUSH of 2", 1, .settings([(2, 2)])),
    Violation("INITIAL_WINDOW_SIZE above 2^31-1", 3, .settings([(4, 0x8000_0000)])),
    Violation("MAX_FRAME_SIZE below 2^14", 1, .settings([(5, 100)])),
    Violation("MAX_FRAME_SIZE above 2^24-1", 1, .settings([(5, 1 << 24)])),
    Violation(
      "PUSH_PROMISE from a client", 1, .headers(1),
      Frame(type: 5, flags: 4, stream: 1, payload: [0, 0, 0, 2])),
    Violation("PING on a stream", 1, Frame(type: 6, stream: 1, payload: [0, 0, 0, 0, 0, 0, 0, 0])),
    Violation("PING with a wrong length", 6, Frame(type: 6, payload: [0])),
    Violation(
      "GOAWAY on a stream", 1, Frame(type: 7, stream: 1, payload: [0, 0, 0, 0, 0, 0, 0, 0])),
    Violation("WINDOW_UPDATE of 0 on the connection", 1, .windowUpdate(0, 0)),
    Violation("WINDOW_UPDATE past 2^31-1 on the connection", 3, .windowUpdate(0, 0x7fff_ffff)),
    Violation("WINDOW_UPDATE on an idle stream", 1, .windowUpdate(1, 1)),
    Violation("WINDOW_UPDATE with a wrong length", 6, Frame(type: 8, payload: [0])),
    Violation("CONTINUATION without HEADERS", 1, Frame(type: 9, flags: 4, stream: 1)),
    Violation(
      "a frame between HEADERS and CONTINUATION", 1,
      Frame(type: 1, stream: 1, payload: Frame.literal(Frame.request)), .ping()),
    Violation(
      "CONTINUATION of another stream", 1,
      Frame(type: 1, stream: 1, payload: Frame.literal(Frame.request)),
      Frame(type: 9, flags: 4, stream: 3)),
    Violation("a frame above MAX_FRAME_SIZE", 6, Frame(type: 0, stream: 1, claimedLength: 16_385)),
    Violation(
      "an HPACK index that does not exist", 9,
      Frame(type: 1, flags: 5, stream: 1, payload: [0xff, 0xff, 0x03])),
    Violation(
      "a header block that ends in a field", 9,
      Frame(type: 1, flags: 5, stream: 1, payload: [0, 5, 0x61])),
    Violation(
      "an HPACK table above the limit", 9,
      Frame(type: 1, flags: 5, stream: 1, payload: [0x3f, 0xe2, 0x1f])),
  ]

  @Test(arguments: connectionErrors)
  func `a connection error is answered with GOAWAY`(_ violation: Violation) throws {
    let server = try startedServer()
    server.receive(violation.frames)
    let last = server.frames().last
    #expect(last?.type == Frame.goAway)
    #expect(last?.code == violation.code)
    #expect(server.session.isFinished)
    guard case .connection(_, let code, _)? = server.session.failure else {
      Issue.record("no failure")
      return
    }
    #expect(code.rawValue == violation.code)
    #expect(server.events.contains { if case .refused = $0 { true } else { false } })
    // Later frames have no effect.
    server.events = []
    server.receive(.headers(9), .ping())
    #expect(server.frames().isEmpty && server.events.isEmpty)
  }

  // MARK: Stream errors

  /// The errors of requests are in `RequestRulesTests`.
  static let streamErrors: [Violation] = [
    Violation("WINDOW_UPDATE past 2^31-1", 3, .headers(1), .windowUpdate(1, 0x7fff_ffff))
  ]

  @Test(arguments: streamErrors)
  func `a stream error is answered with RST_STREAM, told, and the connection goes on`(
    _ violation: Violation
  ) throws {
    let server = try startedServer()
    server.receive(violation.frames)
    #expect(server.frames() == [.reset(1, violation.code)])
    #expect(server.events.contains(.refused(.streamError, 1)))
    #expect(
      server.events.contains(.closed(1, .resetLocally(HTTP2ErrorCode(rawValue: violation.code)))))
    #expect(server.session.openStreams == 0)
    server.receive(.headers(3, end: true))
    #expect(server.events.last == .headers(3, Frame.request.map { "\($0): \($1)" }, end: true))
  }

  /// What may be on its way when the server resets a stream, whose reset the client has not seen.
  static let crossing: [[Frame]] = [
    [.data(1, [1, 2, 3]), .data(1, [4], end: true), .windowUpdate(1, 5), .reset(1)],
    [.data(1, []), .headers(1, [("x", "y")], end: true), .reset(1)],
    [.reset(1)], [.windowUpdate(1, 0x7fff_ffff), .data(1, [UInt8](repeating: 0, count: 9000))],
    [Frame(type: Frame.priority, stream: 1, payload: [0, 0, 0, 0, 1]), .headers(1, end: true)],
  ]

  @Test(arguments: crossing, [true, false])
  func `what crosses a reset of the server is passed over`(
    frames: [Frame], _ isResetByCaller: Bool
  ) throws {
    let server = try startedServer()
    if isResetByCaller {
      server.receive(.headers(1))
      server.session.reset(try server.stream(1), .cancel)
    } else {
      server.receive(.headers(1, Frame.request + [("connection", "close")]))
    }
    #expect(server.frames().map(\.type) == [Frame.reset])
    server.receive(frames)
    #expect(server.error == nil && server.frames().isEmpty)
    server.receive(.headers(3, end: true))
    #expect(server.events.last == .headers(3, Frame.request.map { "\($0): \($1)" }, end: true))
  }

  @Test func `a client's RST_STREAM and WINDOW_UPDATE may cross the end of an answer`() throws {
    let server = try startedServer()
    server.receive(.headers(1, end: true))
    server.session.submitHeaders(try server.stream(1), .trailersOnly, endStream: true)
    _ = server.frames()
    #expect(server.session.openStreams == 0)
    server.receive(.windowUpdate(1, 5), .reset(1), .windowUpdate(1, 5), .reset(1))
    #expect(server.error == nil && server.frames().isEmpty)
  }

  @Test func `an error before a frame on a closed stream is the one that is told`() throws {
    let server = try startedServer()
    server.receive(.headers(1), .reset(1), .windowUpdate(0, 0), .data(1, [1]))
    #expect(server.frames().last?.code == 1)
    #expect(server.session.isFinished)
  }

  @Test func `small messages that cross a reset are no abuse, however many`() throws {
    var limits = HTTP2Limits()
    limits.glitches = .init(burst: 100, perSecond: 0)
    let server = try startedServer(limits)
    server.receive(.headers(1, Frame.request + [("connection", "close")]))
    _ = server.frames()
    for _ in 0..<1000 { server.receive(.data(1, [UInt8](repeating: 1, count: 64))) }
    #expect(server.error == nil)
  }

  @Test func `frames of unknown types and flags are ignored`() throws {
    let server = try startedServer()
    var headers = Frame.headers(1)
    headers.flags |= 0xc2
    server.receive(
      Frame(type: 0x2f, flags: 0xff, stream: 77, payload: [1, 2, 3]), headers,
      Frame(type: 0x10, stream: 0, payload: [0, 0, 0, 1, 0x75]),
      Frame(type: 0x0a, stream: 1, payload: [0, 0]), Frame(type: 0x0c, payload: []),
      .settings([(0xf0f0, 5)]))
    #expect(server.events.first == .headers(1, Frame.request.map { "\($0): \($1)" }, end: false))
    #expect(server.frames().map(\.type) == [Frame.settings])
    #expect(server.error == nil)
  }

  @Test func `PRIORITY is accepted for any stream and has no effect`() throws {
    let server = try startedServer()
    server.receive(
      Frame(type: Frame.priority, stream: 99, payload: [0x80, 0, 0, 97, 255]), .headers(1),
      Frame(type: Frame.priority, stream: 1, payload: [0, 0, 0, 0, 1]))
    #expect(server.error == nil && server.frames().isEmpty)
  }

  @Test func `PING is answered with its own bytes`() throws {
    let server = try startedServer()
    server.receive(.ping())
    #expect(server.frames() == [Frame.ping(ack: true)])
  }

  @Test func `RST_STREAM of a stream with queued bytes drops them`() throws {
    let server = try startedServer()
    server.receive(.headers(1, end: true))
    let call = try server.stream(1)
    server.session.submitHeaders(call, .response, endStream: false)
    server.session.send(call, [UInt8](repeating: 1, count: 100_000))
    server.receive(.reset(1))
    #expect(server.events.last == .closed(1, .resetByPeer(.cancel)))
    #expect(server.frames().isEmpty && call.queuedBytes == 0)
  }

  // MARK: Split frames

  @Test func `a conversation split at every byte boundary is the same conversation`() throws {
    let frames: [Frame] = [
      .settings([(4, 100_000)]), .headers(1), .ping(), .data(1, [0, 0, 0, 0, 2, 7, 8]),
      Frame(type: 0, flags: 9, stream: 1, payload: [3, 1, 2, 3, 4, 5, 0, 0, 0]),
      Frame(type: 1, flags: 1, stream: 3, payload: Frame.literal(Frame.request)),
      Frame(type: 9, flags: 4, stream: 3, payload: Frame.literal([("x", "y")])),
      .windowUpdate(3, 5), Frame(type: 0xee, payload: [1, 2, 3]), .reset(3),
    ]
    let bytes = Frame.preface + frames.flatMap(\.bytes)
    let whole = try Peer(.server)
    whole.receive(bytes)
    let answer = whole.output()
    #expect(whole.bodies[1] == [0, 0, 0, 0, 2, 7, 8, 1, 2, 3, 4, 5])
    for split in 1..<bytes.count {
      let server = try Peer(.server)
      server.receive(Array(bytes[..<split]))
      server.receive(Array(bytes[split...]))
      #expect(server.output() == answer)
      #expect(server.bodies == whole.bodies)
      #expect(server.events.filter(\.isNoData) == whole.events.filter(\.isNoData))
    }
    let trickle = try Peer(.server)
    for byte in bytes { trickle.receive([byte]) }
    #expect(trickle.frames() == Frame.parse(answer))
    #expect(trickle.bodies == whole.bodies)
  }

  @Test func `truncated frames wait for their rest and leave nothing behind`() throws {
    let bytes = Frame.preface + Frame.settings().bytes + Frame.headers(1).bytes
    for end in 0..<bytes.count {
      let server = try Peer(.server)
      server.receive(Array(bytes[..<end]))
      #expect(server.error == nil && server.streams.isEmpty)
      server.session.connectionLost()
      server.drain()
      #expect(server.events.allSatisfy { $0 == .settings })
    }
  }
}

extension Event {
  /// Where DATA events are cut depends on the reads.
  var isNoData: Bool {
    if case .data = self { false } else { true }
  }
}
