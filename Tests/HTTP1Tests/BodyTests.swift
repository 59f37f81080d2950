import Testing
import Wire

@testable import HTTP1

@Suite(.timeLimit(.minutes(2))) struct BodyTests {
  private static let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"

  @Test(arguments: [Int.max, 1, 2, 5])
  func `chunks are put together`(pieceBytes: Int) {
    let text =
      Self.head + "3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n000;z\r\nDigest: d\r\nX: y\r\n\r\n"
    let reading = Reading(text, pieceBytes: pieceBytes)
    #expect(reading.fault == nil)
    #expect(reading.bodies == ["abc0123456789"])
    #expect(reading.requests.map(\.trailers) == [["digest: d", "x: y"]])
    #expect(reading.isBetweenRequests)
  }

  @Test func `trailers cannot change the message`() {
    let text =
      Self.head
      + "0\r\nContent-Length: 5\r\nHost: x\r\nTransfer-Encoding: gzip\r\nConnection: close\r\nExpect: x\r\nTrailer: a\r\na: b\r\n\r\n"
    let reading = Reading(text)
    #expect(reading.fault == nil)
    #expect(reading.requests.map(\.trailers) == [["a: b"]])
  }

  @Test func `a body comes no faster than it is wanted`() {
    var parser = HTTP1Parser()
    let input = Array((Self.head + "6\r\nabcdef\r\n0\r\n\r\n").utf8)
    var position = 0
    guard case .request = parser.next(input.span, &position) else {
      Issue.record("no request")
      return
    }
    // The chunk's size is read; no byte of it is taken.
    #expect(parser.next(input.span, &position, bodyLimit: 0) == .incomplete)
    let start = position
    #expect(
      parser.next(input.span, &position, bodyLimit: 4)
        == .body(start..<start + 4, isLast: false))
    #expect(parser.next(input.span, &position, bodyLimit: 0) == .incomplete)
    #expect(
      parser.next(input.span, &position, bodyLimit: 4)
        == .body(start + 4..<start + 6, isLast: false))
    #expect(parser.next(input.span, &position, bodyLimit: 0) == .end(trailers: HeaderFields()))
    #expect(position == input.count)
  }

  @Test func `the last byte of a length is told`() {
    let text = "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabcde"
    for (pieceBytes, limit) in [(Int.max, Int.max), (1, 1), (3, 2)] {
      let reading = Reading(text, pieceBytes: pieceBytes, bodyLimit: limit)
      #expect(reading.bodies == ["abcde"])
      #expect(reading.requests.map(\.isWhole) == [true])
    }
    #expect(Reading(String(text.dropLast())).requests.map(\.isWhole) == [false])
  }

  @Test func `many small honest chunks are fine`() {
    let text = Self.head + String(repeating: "1\r\nx\r\n", count: 50_000) + "0\r\n\r\n"
    let reading = Reading(text, pieceBytes: 1000)
    #expect(reading.fault == nil)
    #expect(reading.bodies.map(\.utf8.count) == [50_000])
  }

  @Test(
    "above the soft limit the chance of a refusal grows from 0 to 1, trailers included",
    arguments: [
      (1000, 0.0, true), (1001, 0.0, false), (1001, 0.002, true), (1500, 0.49, false),
      (1500, 0.51, true), (2000, 0.999, false),
    ])
  func softLimit(bytes: Int, random: Double, passes: Bool) {
    var limits = HTTP1Limits()
    limits.maxHeaderListBytes = 2000
    limits.softHeaderListBytes = 1000
    // GET and / count as fields, as does the host.
    let value = String(repeating: "v", count: bytes - (3 + 1 + 64) - (4 + 1 + 32) - 33)
    let head = "GET / HTTP/1.1\r\nHost: h\r\nx: \(value)\r\n\r\n"
    let trailer = String(repeating: "v", count: bytes - 33)
    let trailers = Self.head + "0\r\nx: \(trailer)\r\n\r\n"
    for text in [head, trailers] {
      let reading = Reading(text, pieceBytes: 100, limits: limits, random: random)
      #expect(reading.fault == (passes ? nil : .headOverSoftLimit))
      #expect(reading.isBetweenRequests == passes)
    }
  }

  @Test func `the limits are those that are set`() {
    var limits = HTTP1Limits()
    limits.maxTargetBytes = 4
    limits.maxHeaderFields = 1
    limits.maxChunkLineBytes = 3
    let rows: [(String, HTTP1Fault?)] = [
      ("GET /abc HTTP/1.1\r\nHost: h\r\n\r\n", nil),
      ("GET /abcd HTTP/1.1\r\nHost: h\r\n\r\n", .targetTooLong),
      ("GET / HTTP/1.1\r\nHost: h\r\na: b\r\n\r\n", .headTooLarge),
    ]
    for (text, fault) in rows { #expect(Reading(text, limits: limits).fault == fault) }
    limits.maxHeaderFields = 2
    #expect(Reading(Self.head + "1;a\r\nx\r\n0\r\n\r\n", limits: limits).fault == nil)
    #expect(Reading(Self.head + "1;ab\r\nx\r\n", limits: limits).fault == .chunkLineTooLong)
    limits.maxHeaderListBytes = 100
    #expect(Reading("GET / HTTP/1.1\r\nHost: h\r\n\r\n", limits: limits).fault == .headTooLarge)
  }
}
