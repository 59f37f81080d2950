import Testing
import Wire

@testable import HTTP1

@Suite(.timeLimit(.minutes(2))) struct RequestHeadTests {
  private static func head(_ lines: String...) -> String {
    lines.joined(separator: "\r\n") + "\r\n\r\n"
  }

  @Test(arguments: [Int.max, 1, 2, 7])
  func `a head has the fields that HTTP2 would have`(pieceBytes: Int) {
    let text = Self.head(
      "POST /a/b?c=d HTTP/1.1", "Host: Example.Org:80", "User-Agent:  x y\t", "Empty:",
      "Content-Length: 2", "Connection: keep-alive, Upgrade", "Upgrade: h2c", "TE: trailers",
      "HTTP2-Settings: AAMAAABkAAQAAP__", "Keep-Alive: 5", "Proxy-Connection: close", "A: 1",
      "A: 2")
    let reading = Reading(text + "hi", pieceBytes: pieceBytes)
    #expect(
      reading.heads == [
        [
          ":method: POST", ":scheme: http", ":path: /a/b?c=d", ":authority: example.org:80",
          "user-agent: x y", "empty: ", "content-length: 2", "a: 1", "a: 2",
        ]
      ])
    #expect(reading.bodies == ["hi"])
    #expect(reading.isBetweenRequests)
  }

  @Test(arguments: [
    ("GET / HTTP/1.1", "/", "h"), ("GET /?x HTTP/1.1", "/?x", "h"),
    ("OPTIONS * HTTP/1.1", "*", "h"),
    ("GET http://other:1/p?q HTTP/1.1", "/p?q", "other:1"),
    ("GET HTTPS://OTHER HTTP/1.1", "/", "other"), ("GET http://other?q HTTP/1.1", "/?q", "other"),
    ("OPTIONS http://other HTTP/1.1", "*", "other"),
    ("GET http://[::1]:2/ HTTP/1.1", "/", "[::1]:2"),
    ("GET //x HTTP/1.1", "//x", "h"), ("GET /ä HTTP/1.1", "/ä", "h"),
    ("FOO-bar! /%2e%2e/ HTTP/1.1", "/%2e%2e/", "h"),
  ])
  func `targets come as paths`(line: String, path: String, authority: String) {
    let reading = Reading(Self.head(line, "Host: h"))
    let head = reading.heads.first ?? []
    #expect(head.contains(":path: \(path)") && head.contains(":authority: \(authority)"))
  }

  @Test func `what the client says about the connection counts`() {
    let said: [(String, [String], Bool)] = [
      ("1.1", [], true), ("1.1", ["Connection: close"], false),
      ("1.1", ["Connection: x , CLOSE"], false), ("1.1", ["Connection: keep-alive"], true),
      ("1.1", ["Connection: keep-alive", "Connection: close"], false), ("1.0", [], false),
      ("1.0", ["Connection: Keep-Alive"], true), ("1.0", ["Connection: keep-alive,close"], false),
    ]
    for (version, lines, keepsAlive) in said {
      let head = ["GET / HTTP/\(version)", "Host: h"] + lines
      let reading = Reading(head.joined(separator: "\r\n") + "\r\n\r\n")
      #expect(reading.requests.map(\.keepsAlive) == [keepsAlive], "\(head)")
    }
  }

  @Test func `HTTP1_0 needs no host and gets no 100`() {
    let reading = Reading(
      Self.head("POST / HTTP/1.0", "Content-Length: 1", "Expect: 100-continue") + "x")
    #expect(
      reading.heads == [[":method: POST", ":scheme: http", ":path: /", "content-length: 1"]])
    #expect(reading.requests.map(\.expectsContinue) == [false])
  }

  @Test func `100 is expected for a body only`() {
    for (lines, expects) in [
      (["Content-Length: 1"], true), (["Transfer-Encoding: chunked"], true), ([], false),
      (["Content-Length: 0"], false),
    ] {
      let head = ["POST / HTTP/1.1", "Host: h", "Expect: 100-Continue"] + lines
      let reading = Reading(head.joined(separator: "\r\n") + "\r\n\r\n")
      #expect(reading.requests.map(\.expectsContinue) == [expects], "\(lines)")
    }
  }

  @Test(arguments: [Int.max, 1])
  func `requests follow each other without a byte lost`(pieceBytes: Int) {
    let text =
      Self.head("POST /1 HTTP/1.1", "Host: h", "Content-Length: 3") + "abc"
      + Self.head("GET /2 HTTP/1.1", "Host: h") + "\r\n"
      + Self.head("PUT /3 HTTP/1.1", "Host: h", "Transfer-Encoding: chunked")
      + "1\r\nx\r\n0\r\n\r\n"
      + Self.head("GET /4 HTTP/1.1", "Host: h")
    let reading = Reading(text, pieceBytes: pieceBytes)
    #expect(reading.fault == nil)
    #expect(reading.requests.map { $0.head[2] } == [1, 2, 3, 4].map { ":path: /\($0)" })
    #expect(reading.bodies == ["abc", "", "x", ""])
    let areWhole = reading.requests.allSatisfy(\.isWhole)
    #expect(areWhole)
  }

  @Test func `a head that is not whole is no request`() {
    let text = Self.head("GET / HTTP/1.1", "Host: h")
    for end in 1..<text.utf8.count {
      let reading = Reading(bytes: Array(text.utf8.prefix(end)))
      #expect(reading.requests.isEmpty && reading.fault == nil && !reading.isBetweenRequests)
    }
  }
}
