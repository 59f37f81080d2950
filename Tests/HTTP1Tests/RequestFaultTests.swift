import Testing

@testable import HTTP1

/// Everything that is refused. Each row is tried whole and byte by byte, and no request behind it is
/// ever seen.
@Suite(.timeLimit(.minutes(2))) struct RequestFaultTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let text: String
    let fault: HTTP1Fault
    /// Requests that begin before the fault is seen.
    var begun = 0

    var testDescription: String { "\(fault.rawValue): \(text.debugDescription.prefix(60))" }
  }

  private static func get(_ lines: String..., fault: HTTP1Fault) -> Row {
    Row(text: (["GET / HTTP/1.1"] + lines).joined(separator: "\r\n") + "\r\n\r\n", fault: fault)
  }

  private static func line(_ line: String, _ fault: HTTP1Fault) -> Row {
    Row(text: line + "\r\nHost: h\r\n\r\n", fault: fault)
  }

  private static func post(_ lines: String..., fault: HTTP1Fault) -> Row {
    let head = ["POST / HTTP/1.1", "Host: h"] + lines
    return Row(text: head.joined(separator: "\r\n") + "\r\n\r\nhidden", fault: fault)
  }

  private static func chunks(_ text: String, _ fault: HTTP1Fault) -> Row {
    let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    return Row(text: head + text, fault: fault, begun: 1)
  }

  /// A field of 400 bytes.
  private static let long = "a: \(String(repeating: "b", count: 400))\r\n"

  static let lines: [Row] = [
    line("GET /", .badRequestLine), line("GET  / HTTP/1.1", .badRequestLine),
    line("GET / HTTP/1.1 ", .badRequestLine), line(" GET / HTTP/1.1", .badRequestLine),
    line("GET / x HTTP/1.1", .badRequestLine), line("GET\t/\tHTTP/1.1", .badRequestLine),
    Row(text: "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", fault: .badRequestLine),
    line(String(repeating: "A", count: 9000), .badRequestLine),
    line("G(T / HTTP/1.1", .badMethod), line("G\0T / HTTP/1.1", .badMethod),
    line("CONNECT h:1 HTTP/1.1", .connect),
    line("GET x HTTP/1.1", .badTarget), line("GET * HTTP/1.1", .badTarget),
    line("GET ftp://h/ HTTP/1.1", .badTarget), line("GET http:/// HTTP/1.1", .badTarget),
    line("GET http://u@h/ HTTP/1.1", .badTarget), line("GET /a#b HTTP/1.1", .badTarget),
    line("GET /a\u{1}b HTTP/1.1", .badTarget), line("GET /a\u{7f} HTTP/1.1", .badTarget),
    line("GET http://h\\x/ HTTP/1.1", .badTarget), line("OPTIONS *x HTTP/1.1", .badTarget),
    line("GET /\(String(repeating: "a", count: 8192)) HTTP/1.1", .targetTooLong),
    line("GET /\(String(repeating: "a", count: 20_000)) HTTP/1.1", .targetTooLong),
    line("GET / http/1.1", .badVersion), line("GET / HTTP/1", .badVersion),
    line("GET / HTTP/1.11", .badVersion), line("GET / HTTPS/1.1", .badVersion),
    line("GET / HTTP/x.1", .badVersion), line("GET / ", .badVersion),
    line("GET / HTTP/1.2", .unsupportedVersion), line("PRI * HTTP/2.0", .unsupportedVersion),
    line("GET / HTTP/0.9", .unsupportedVersion), line("GET / HTTP/9.9", .unsupportedVersion),
  ]

  static let fields: [Row] = [
    get(fault: .missingHost), get("Host: a", "Host: a", fault: .repeatedHost),
    get("Host: a", "HOST: b", fault: .repeatedHost), get("Host: a/b", fault: .badHost),
    get("Host: u@a", fault: .badHost), get("Host: a b", fault: .badHost),
    get("Host: ä", fault: .badHost),
    get("Host : h", fault: .badFieldName), get(": x", fault: .badFieldName),
    get("Host: h", "x", fault: .badFieldName), get("Host: h", "x y: z", fault: .badFieldName),
    get("Host: h", "x\0y: z", fault: .badFieldName), get("Host: h", "ä: z", fault: .badFieldName),
    get("Host: h", "x(: z", fault: .badFieldName),
    get("Host: h", ":path: /x", fault: .badFieldName),
    get("Host: h", "x: a\0b", fault: .badFieldValue),
    get("Host: h", "x: a\u{7f}", fault: .badFieldValue),
    get("Host: h", "x: \u{b}a", fault: .badFieldValue),
    get("Host: h", "x: a", " b", fault: .foldedField), get(" Host: h", fault: .foldedField),
    get("Host: h", "x: a", "\tContent-Length: 5", fault: .foldedField),
    get("Host: h", "Expect: 200-ok", fault: .unknownExpectation),
    get("Host: h", "Expect: 100-continue, x", fault: .unknownExpectation),
    Row(text: "GET / HTTP/1.1\nHost: h\r\n\r\n", fault: .bareLF),
    Row(text: "GET / HTTP/1.1\r\nHost: h\nx: y\r\n\r\n", fault: .bareLF),
    Row(text: "GET / HTTP/1.1\r\nHost: h\r\n\n", fault: .bareLF),
    Row(text: "GET / HTTP/1.1\r\nHost: h\rx: y\r\n\r\n", fault: .bareCR),
    Row(text: "GET / HTTP/1.1\r\nHost: h\r\r\n\r\n", fault: .bareCR),
    get("Host: h", "x: \(String(repeating: "a", count: 20_000))", fault: .headTooLarge),
    get("Host: h", "x:\(String(repeating: " ", count: 20_000))", fault: .headTooLarge),
    Row(
      text: "GET / HTTP/1.1\r\nHost: h\r\n\(String(repeating: "a: b\r\n", count: 100))\r\n",
      fault: .headTooLarge),
    Row(
      text: "GET / HTTP/1.1\r\nHost: h\r\n\(String(repeating: long, count: 40))\r\n",
      fault: .headTooLarge),
    // As large as the limit, so that none passes.
    get("Host: h", "x: \(String(repeating: "a", count: 16_384 - 138))", fault: .headOverSoftLimit),
  ]

  static let lengths: [Row] =
    ["6, 6", "+6", "-1", "0x6", "6 6", "6a", "99999999999999999999a"]
    .map { post("Content-Length: \($0)", fault: .badContentLength) }
    + ["99999999999999999999", "1000000000000000000"].map {
      post("Content-Length: \($0)", fault: .lengthTooLarge)
    }

  static let codings: [Row] =
    ["chunked, chunked", "", "chunked,", "chunked;x", "\"chunked\"", "chunk ed"].map {
      post("Transfer-Encoding: \($0)", fault: .badTransferEncoding)
    }
    + ["identity", "gzip, chunked", "xchunked"].map {
      post("Transfer-Encoding: \($0)", fault: .unknownTransferCoding)
    }

  static let bodies: [Row] = [
    post("Content-Length: 6", "Transfer-Encoding: chunked", fault: .twoLengths),
    post("Transfer-Encoding: chunked", "Content-Length: 6", fault: .twoLengths),
    post("Transfer-Encoding: chunked", "Content-Length: 0", fault: .twoLengths),
    post("Content-Length: 6", "Content-Length: 5", fault: .badContentLength),
    post("Content-Length: 6", "Content-Length: 6", fault: .badContentLength),
    post("Content-Length:", fault: .badContentLength),
    post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", fault: .badTransferEncoding),
    post("Transfer-Encoding: chunked", "Transfer-Encoding: gzip", fault: .unknownTransferCoding),
    post("Transfer-Encoding : chunked", fault: .badFieldName),
    post("Transfer-Encoding:\u{b}chunked", fault: .badFieldValue),
    Row(
      text: "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      fault: .badTransferEncoding),
    chunks("\r\nx\r\n", .badChunk), chunks("g\r\nx\r\n", .badChunk), chunks("-1\r\n", .badChunk),
    chunks("+1\r\nx\r\n", .badChunk), chunks("0x1\r\nx\r\n", .badChunk),
    chunks(" 1\r\nx\r\n", .badChunk), chunks("1 \r\nx\r\n", .badChunk),
    chunks("1 ;a\r\nx\r\n", .badChunk), chunks("ffffffffffffffff\r\n", .badChunk),
    chunks("00000000000000001\r\nx\r\n", .badChunk), chunks("1;a\0\r\nx\r\n", .badChunk),
    chunks("1\r\nxy\r\n", .badChunk), chunks("1\nx\r\n", .bareLF), chunks("1\r\nx\n", .bareLF),
    chunks("1\r\nx\r0\r\n\r\n", .bareCR), chunks("1;a\nGET / HTTP/1.1\r\n", .bareLF),
    chunks("1;\(String(repeating: "a", count: 256))\r\nx\r\n", .chunkLineTooLong),
    chunks(
      String(repeating: "1;\(String(repeating: "a", count: 200))\r\nx\r\n", count: 100),
      .chunkOverhead),
    chunks("0\r\nx y: z\r\n\r\n", .badFieldName), chunks("0\r\nx: y\n\r\n", .bareLF),
    chunks("0\r\nx: y\r\n z\r\n\r\n", .foldedField),
    chunks("0\r\nx: \(String(repeating: "a", count: 20_000))\r\n\r\n", .headTooLarge),
  ]

  static let all = lines + fields + lengths + codings + bodies

  @Test(arguments: all)
  func `it is refused, and nothing behind it is a request`(row: Row) {
    let text = row.text + "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n"
    for pieceBytes in [Int.max, 1, 3] {
      let reading = Reading(text, pieceBytes: pieceBytes)
      #expect(reading.fault == row.fault, "in pieces of \(pieceBytes)")
      #expect(reading.requests.count == row.begun)
      let areWhole = reading.requests.contains(where: \.isWhole)
      #expect(!areWhole)
    }
  }

  @Test func `every fault has a row`() {
    let tried = Set(Self.all.map(\.fault))
    #expect(tried == Set(HTTP1Fault.allCases))
  }

  @Test func `a parser that has failed reads no more`() {
    var parser = HTTP1Parser()
    var position = 0
    let bad = Array("GET / HTTP/1.1\n".utf8)
    #expect(parser.next(bad.span, &position) == .fault(.bareLF))
    position = 0
    let good = Array("GET / HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
    #expect(parser.next(good.span, &position) == .fault(.bareLF))
    #expect(position == 0)
  }

  @Test func `a wrong byte in any place is taken or refused, in any pieces`() {
    let text = Array(
      "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nt: v\r\n\r\n"
        .utf8)
    let bytes: [UInt8] = Array("\0\t\n\r \"#,/0:;Gf".utf8) + [0x7F, 0x80, 0xFF]
    for place in text.indices {
      for byte in bytes {
        var changed = text
        changed[place] = byte
        let whole = Reading(bytes: changed)
        let single = Reading(bytes: changed, pieceBytes: 1)
        #expect(whole == single)
      }
    }
  }
}
