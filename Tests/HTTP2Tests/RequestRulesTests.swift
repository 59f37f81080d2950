import HTTP2
import Testing
import Wire

@testable import HTTP2

/// The rules for a request (RFC 9113 section 8), fault by fault, and requests that are accepted
/// although nghttp2 would refuse them.
@Suite(.timeLimit(.minutes(2))) struct RequestRulesTests {
  /// Frames of stream 1, and their fault.
  struct Row: CustomTestStringConvertible, Sendable {
    let name: String
    let fault: RequestFault
    let frames: [Frame]

    init(_ name: String, _ fault: RequestFault, _ frames: Frame...) {
      self.name = name
      self.fault = fault
      self.frames = frames
    }

    var testDescription: String { "\(fault.rawValue): \(name)" }
  }

  private static func with(_ fields: (String, String)..., first: Bool = false) -> Frame {
    .headers(1, first ? fields + Frame.request : Frame.request + fields)
  }

  private static func without(_ name: String) -> Frame {
    .headers(1, Frame.request.filter { $0.0 != name })
  }

  private static func changed(_ name: String, _ value: String) -> Frame {
    .headers(1, Frame.request.map { $0.0 == name ? (name, value) : $0 })
  }

  private static func connect(_ fields: (String, String)...) -> Frame {
    .headers(1, [(":method", "CONNECT")] + fields)
  }

  private static let length = with(("content-length", "3"))

  static let rows: [Row] = [
    Row(":method twice", .repeatedPseudoField, with((":method", "POST"), first: true)),
    Row(":scheme twice", .repeatedPseudoField, with((":scheme", "http"), first: true)),
    Row(":path twice", .repeatedPseudoField, with((":path", "/x"), first: true)),
    Row(":authority twice", .repeatedPseudoField, with((":authority", "x"), first: true)),
    Row(":authority twice, empty", .repeatedPseudoField, with((":authority", ""), first: true)),
    Row(":x", .unknownPseudoField, with((":x", "y"), first: true)),
    Row("a colon alone", .unknownPseudoField, with((":", "y"), first: true)),
    Row(":Path", .unknownPseudoField, with((":Path", "/"), first: true)),
    Row("a response's", .unknownPseudoField, with((":status", "200"), first: true)),
    Row("that of RFC 8441", .unknownPseudoField, with((":protocol", "websocket"), first: true)),
    Row("behind te", .latePseudoField, .headers(1, [("te", "trailers")] + Frame.request)),
    Row("behind all", .latePseudoField, with((":path", "/"))),
    Row("in trailers", .latePseudoField, .headers(1), .headers(1, [(":path", "/")], end: true)),
    Row(":method", .emptyPseudoField, changed(":method", "")),
    Row(":scheme", .emptyPseudoField, changed(":scheme", "")),
    Row(":method", .missingPseudoField, without(":method")),
    Row(":scheme", .missingPseudoField, without(":scheme")),
    Row(":path", .missingPseudoField, without(":path")),
    Row("all", .missingPseudoField, .headers(1, [("te", "trailers")])),
    Row("an empty block", .missingPseudoField, .headers(1, [])),
    Row("empty", .invalidPath, changed(":path", "")),
    Row("no slash", .invalidPath, changed(":path", "pkg.Service/Method")),
    Row("a whole URL", .invalidPath, changed(":path", "http://localhost/pkg.Service/Method")),
    Row("a space at its end", .invalidPath, changed(":path", "/pkg.Service/Method ")),
    Row("a tab", .invalidPath, changed(":path", "/pkg\tService")),
    Row("an asterisk without OPTIONS", .invalidPath, changed(":path", "*")),
    Row(
      "with a path", .invalidConnect,
      connect((":authority", "x"), (":scheme", "http"), (":path", "/"))),
    Row("without authority", .invalidConnect, connect()),
    Row("in front", .upperCaseName, with(("X-y", "z"))),
    Row("behind eight", .upperCaseName, with(("x-long-name-Z", "z"))),
    Row("in trailers", .upperCaseName, .headers(1), .headers(1, [("Y", "z")], end: true)),
    Row("none", .invalidName, with(("", "z"))),
    Row("a space", .invalidName, with(("x y", "z"))),
    Row("a colon within", .invalidName, with(("x:y", "z"))),
    Row("beyond ASCII", .invalidName, with(("x-é", "z"))),
    Row("DEL", .invalidName, with(("x-\u{7f}", "z"))),
    Row("a line end", .invalidValue, with(("x", "a\nb"))),
    Row("a carriage return behind eight", .invalidValue, with(("x", "12345678\r"))),
    Row("NUL", .invalidValue, with(("x", "\0"))),
    Row("in :authority", .invalidValue, changed(":authority", "a\nb")),
    Row("in trailers", .invalidValue, .headers(1), .headers(1, [("x", "\n")], end: true)),
    Row("connection", .connectionField, with(("connection", "close"))),
    Row("keep-alive", .connectionField, with(("keep-alive", "timeout=5"))),
    Row("proxy-connection", .connectionField, with(("proxy-connection", "close"))),
    Row("transfer-encoding", .connectionField, with(("transfer-encoding", "chunked"))),
    Row("upgrade", .connectionField, with(("upgrade", "h2c"))),
    Row("gzip", .invalidTE, changed("te", "gzip")),
    Row("trailers and more", .invalidTE, changed("te", "trailers, gzip")),
    Row("host", .repeatedHost, with(("host", "a"), ("host", "a"))),
    Row("words", .invalidContentLength, with(("content-length", "three"))),
    Row("nothing", .invalidContentLength, with(("content-length", ""))),
    Row("a sign", .invalidContentLength, with(("content-length", "+3"))),
    Row("too much", .invalidContentLength, with(("content-length", "9223372036854775808"))),
    Row("twice", .invalidContentLength, with(("content-length", "3"), ("content-length", "3"))),
    Row("too long at once", .wrongContentLength, length, .data(1, [1, 2, 3, 4])),
    Row("too long in parts", .wrongContentLength, length, .data(1, [1, 2]), .data(1, [3, 4])),
    Row("too short", .wrongContentLength, length, .data(1, [1, 2], end: true)),
    Row(
      "too short, with trailers", .wrongContentLength, length, .data(1, [1, 2]),
      .headers(1, [("x", "y")], end: true)),
    Row(
      "no body", .wrongContentLength,
      .headers(1, Frame.request + [("content-length", "3")], end: true)),
    Row("where nothing is due", .wrongContentLength, with(("content-length", "0")), .data(1, [1])),
    Row("fields", .unfinishedTrailers, .headers(1), .headers(1, [("x", "y")])),
    Row("a second request", .latePseudoField, .headers(1), .headers(1)),
  ]

  @Test func `each fault has a row`() {
    #expect(Set(Self.rows.map(\.fault)) == Set(RequestFault.allCases))
  }

  @Test(arguments: rows)
  func `a malformed request is reset and named, and the connection goes on`(_ row: Row) throws {
    let server = try startedServer()
    server.receive(row.frames)
    #expect(server.frames() == [.reset(1, 1)])
    #expect(server.events.filter(\.isMalformed) == [.malformed(row.fault, 1)])
    // A stream that was reported is also reported closed, and gets no more events.
    #expect(server.events.contains(.closed(1, .resetLocally(.protocolError))) == server.knows(1))
    #expect(server.session.openStreams == 0)
    server.events = []
    if !row.frames.contains(where: \.ends) { server.receive(.data(1, [1, 2])) }
    server.receive(.headers(3, end: true))
    #expect(server.events == [.headers(3, Frame.request.map { "\($0): \($1)" }, end: true)])
  }

  /// The peer sends the rest of a malformed request before it learns of the fault.
  @Test(arguments: [
    (with(("connection", "close")), RequestFault.connectionField),
    (without(":path"), .missingPseudoField),
    (with(("content-length", "1")), .wrongContentLength),
  ])
  func `the rest of a malformed request is dropped, and its window given back`(
    _ head: Frame, _ fault: RequestFault
  ) throws {
    let server = try startedServer()
    let body = [UInt8](repeating: 7, count: 16_000)
    server.receive(
      head, .data(1, body), .data(1, body), .headers(1, [("x", "y")], end: true),
      .windowUpdate(1, 9))
    #expect(server.events.filter(\.isMalformed) == [.malformed(fault, 1)])
    #expect(server.bodies[1] == nil && !server.events.contains { $0.isTrailers })
    #expect(server.session.pendingConsumption == 0 || server.session.wantsWrite)
    #expect(server.frames().filter { $0.type == Frame.reset } == [.reset(1, 1)])
    #expect(server.session.pendingConsumption == 0)
  }

  @Test(arguments: [
    changed(":authority", ""), changed(":authority", "/run/trackd.sock"), without(":authority"),
    changed(":authority", "unix:///run/trackd.sock"), changed(":authority", "run/trackd.sock"),
    changed(":authority", "run%2Ftrackd.sock"), changed(":authority", "a b"),
    .headers(1, Frame.request.filter { $0.0 != ":authority" } + [("host", "/run/x")]),
    with(("host", "elsewhere")), with(("host", "")), changed(":path", "/"),
    changed(":path", "/é%20?a=b"), changed(":scheme", "unix"), changed("te", "Trailers"),
    without("te"), with(("content-length", "0")), with(("x-a", "\u{1}\u{7f}é\t!")),
    with(("x!#$%&'*+-.^_`|~9", "")), with(("a", "a"), ("a", "b")),
    .headers(1, [(":method", "CONNECT"), (":authority", "x:1")]),
    .headers(1, [(":method", "OPTIONS"), (":scheme", "http"), (":path", "*")]),
  ])
  func `other requests are taken`(_ head: Frame) throws {
    let server = try startedServer()
    server.receive(head)
    #expect(server.events.count == 1 && server.knows(1))
    #expect(server.frames().isEmpty)
  }

  @Test func `a body may be as long as it says, in any pieces and with trailers`() throws {
    let server = try startedServer()
    server.receive(Self.length, .data(1, [1, 2]), .data(1, [3]), .data(1, []))
    server.receive(.headers(1, [("content-length", "9"), ("host", "y"), ("host", "z")], end: true))
    #expect(server.bodies[1] == [1, 2, 3])
    #expect(!server.events.contains { $0.isMalformed } && server.frames().isEmpty)
  }

  @Test func `blanks at the ends of values are left out`() throws {
    let server = try startedServer()
    server.receive(Self.with(("x", " a b\t "), ("y", "c "), ("z", "\t"), ("content-type", "d")))
    #expect(
      server.events == [
        .headers(
          1, Frame.request.map { "\($0): \($1)" } + ["x: a b", "y: c", "z: ", "content-type: d"],
          end: false)
      ])
  }

  @Test func `blanks in a response's fields are left out too`() throws {
    let pair = try Pair()
    let call = try pair.open(end: true)
    pair.server.session.submitHeaders(
      call.server, [":status": "200", "x": " a "], endStream: true)
    pair.pump()
    #expect(pair.client.events.first == .headers(1, [":status: 200", "x: a"], end: true))
  }
}

extension Event {
  fileprivate var isMalformed: Bool { if case .malformed = self { true } else { false } }
  fileprivate var isTrailers: Bool { if case .trailers = self { true } else { false } }
}

extension Peer {
  /// Whether the request of a stream was reported.
  fileprivate func knows(_ id: Int32) -> Bool { streams[id] != nil }
}

@Suite(.timeLimit(.minutes(2))) struct OctetsTests {
  private func isName(_ text: [UInt8]) -> Bool { Octets.areName(text.span) }
  private func isPath(_ text: [UInt8]) -> Bool { Octets.arePath(text.span) }
  private func mayHaveControls(_ text: [UInt8]) -> Bool { Octets.mayHaveControls(text.span) }
  private func decimal(_ text: [UInt8]) -> Int? { Octets.decimal(text.span) }

  /// The check looks at eight octets in one step: tries each octet, in each place of texts around
  /// that size.
  @Test(arguments: [1, 2, 7, 8, 9, 15, 16, 17])
  func `each octet is told in each place`(length: Int) {
    for place in 0..<length {
      for octet in UInt8.min...UInt8.max {
        var text = [UInt8](repeating: UInt8(ascii: "z"), count: length)
        text[place] = octet
        let isUpperCase = (0x41...0x5A).contains(octet)
        #expect(isName(text) == ((0x21...0x7E).contains(octet) && !isUpperCase && octet != 0x3A))
        #expect(mayHaveControls(text) == (octet < 0x20))
        text.insert(UInt8(ascii: "/"), at: 0)
        #expect(isPath(text) == (octet > 0x20 && octet != 0x7F))
      }
    }
  }

  @Test func `an empty text is a name, and no path`() {
    #expect(isName([]) && !isPath([]))
    #expect(!mayHaveControls([]))
  }

  @Test(arguments: [
    ("0", 0), ("10", 10), ("007", 7), ("9223372036854775807", Int.max),
    ("9223372036854775808", nil), ("99999999999999999999", nil), ("", nil), ("-1", nil),
    ("1 ", nil), ("1a", nil), ("/", nil), (":", nil),
  ])
  func `a decimal number is digits`(text: String, number: Int?) {
    #expect(decimal(Array(text.utf8)) == number)
  }
}
