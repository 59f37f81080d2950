import Testing
import Wire

@testable import HTTP1

@Suite(.timeLimit(.minutes(2))) struct ResponseEncoderTests {
  private static func request(_ head: String) -> HTTP1Request {
    var parser = HTTP1Parser()
    var position = 0
    let bytes = Array((head + "\r\n\r\n").utf8)
    if case .request(let request) = parser.next(bytes.span, &position) { return request }
    Issue.record("no request")
    return HTTP1Request()
  }

  /// The response to a request; without the date.
  private static func response(
    to head: String, _ fields: HeaderFields, body: [String] = [], isKnown: Bool = true,
    trailers: HeaderFields = [:], endsConnection: Bool = false
  ) -> (text: String, keepsAlive: Bool) {
    var encoder = HTTP1ResponseEncoder(request(head))
    var output: [UInt8] = []
    let length = body.reduce(0) { $0 + $1.utf8.count }
    encoder.head(
      fields, bodyBytes: isKnown ? length : nil, hasTrailers: isKnown && trailers.count > 0,
      endsConnection: endsConnection, secondsSince1970: 784_111_777, into: &output)
    for piece in body { encoder.body(Array(piece.utf8).span, into: &output) }
    encoder.end(trailers, into: &output)
    let text = String(decoding: output, as: UTF8.self)
    let date = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    #expect(text.contains(date))
    return (text.split(separator: date).joined(), encoder.keepsAlive)
  }

  private static let get = "GET / HTTP/1.1\r\nHost: h"

  @Test func `a body that is known has its length`() {
    let (text, keepsAlive) = Self.response(
      to: Self.get, [":status": "200", "a": "b", "content-length": "77"], body: ["ab", "c"])
    #expect(text == "HTTP/1.1 200 OK\r\na: b\r\ncontent-length: 3\r\n\r\nabc")
    #expect(keepsAlive)
  }

  @Test func `no body is a length of zero`() {
    #expect(
      Self.response(to: Self.get, [":status": "404"]).text
        == "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
  }

  @Test func `a body that is not known comes in chunks, with its trailers`() {
    let (text, keepsAlive) = Self.response(
      to: Self.get, [":status": "200", "content-length": "3"],
      body: ["abc", "", "0123456789abcdef"],
      isKnown: false, trailers: ["x": "y"])
    #expect(
      text == "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        + "3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nx: y\r\n\r\n")
    #expect(keepsAlive)
  }

  @Test func `a known body with trailers comes in chunks`() {
    let text = Self.response(
      to: Self.get, [":status": "200"], body: ["abc"], trailers: ["x": "y"]
    ).text
    #expect(
      text == "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx: y\r\n\r\n")
  }

  @Test func `HTTP1_0 gets no chunks and no trailers`() {
    let streamed = Self.response(
      to: "GET / HTTP/1.0\r\nConnection: keep-alive", [":status": "200"], body: ["abc"],
      isKnown: false, trailers: ["x": "y"])
    #expect(streamed.text == "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabc")
    #expect(!streamed.keepsAlive)
    let whole = Self.response(
      to: "GET / HTTP/1.0\r\nConnection: keep-alive", [":status": "200"], body: ["abc"],
      trailers: ["x": "y"])
    #expect(
      whole.text
        == "HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\nabc")
    #expect(whole.keepsAlive)
    #expect(!Self.response(to: "GET / HTTP/1.0", [":status": "200"]).keepsAlive)
  }

  @Test func `HEAD gets the head of GET and no body`() {
    let head = "HEAD / HTTP/1.1\r\nHost: h"
    for (length, body, expected) in [
      ("77", [], "content-length: 77\r\n"), ("77", ["abc"], "content-length: 3\r\n"),
      ("seven", [], ""),
    ] {
      let text = Self.response(
        to: head, [":status": "200", "content-length": length], body: body
      ).text
      #expect(text == "HTTP/1.1 200 OK\r\n\(expected)\r\n")
    }
    #expect(Self.response(to: head, [":status": "200"]).text == "HTTP/1.1 200 OK\r\n\r\n")
  }

  @Test func `204 and 304 have no body`() {
    let none = Self.response(to: Self.get, [":status": "204", "content-length": "0"]).text
    #expect(none == "HTTP/1.1 204 No Content\r\n\r\n")
    let same = Self.response(to: Self.get, [":status": "304", "content-length": "9"]).text
    #expect(same == "HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n")
  }

  @Test func `a handler cannot write into the framing`() {
    let text = Self.response(
      to: Self.get,
      [
        ":status": "200", "x": "a\r\nset-cookie: b\0", "transfer-encoding": "chunked",
        "connection": "upgrade", "bad name": "x", "": "x", ":path": "/",
      ]
    ).text
    #expect(text == "HTTP/1.1 200 OK\r\nx: a  set-cookie: b \r\ncontent-length: 0\r\n\r\n")
  }

  @Test(arguments: ["", "100", "abc", "20", "1000"])
  func `a status that is none is a broken handler`(status: String) {
    let text = Self.response(to: Self.get, [":status": status]).text
    #expect(text.hasPrefix("HTTP/1.1 500 Internal Server Error\r\n"))
  }

  @Test func `the end of the connection is told`() {
    let ending = Self.response(to: Self.get, [":status": "200"], endsConnection: true)
    #expect(
      ending.text == "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    #expect(!ending.keepsAlive)
    #expect(!Self.response(to: Self.get + "\r\nConnection: close", [":status": "200"]).keepsAlive)
  }

  @Test(arguments: HTTP1Fault.allCases)
  func `each fault has an answer that says it and ends the connection`(fault: HTTP1Fault) {
    let text = String(decoding: fault.answer(secondsSince1970: 0), as: UTF8.self)
    #expect(text.hasPrefix("HTTP/1.1 \(fault.status) "))
    #expect((400..<600).contains(fault.status))
    #expect(text.contains("\r\nconnection: close\r\n"))
    #expect(text.contains(fault.rawValue))
    let body = text.split(separator: "\r\n\r\n")[1]
    #expect(text.contains("\r\ncontent-length: \(body.utf8.count)\r\n"))
  }

  @Test(arguments: [
    (Int64(0), "Thu, 01 Jan 1970 00:00:00 GMT"), (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
    (Int64.max, "Fri, 31 Dec 9999 23:59:59 GMT"), (.min, "Mon, 01 Jan 0001 00:00:00 GMT"),
  ])
  func `dates are as HTTP writes them`(seconds: Int64, text: String) {
    #expect(HTTPDate.text(seconds) == text)
  }
}
