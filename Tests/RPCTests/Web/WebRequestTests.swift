import Testing
import Wire

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct WebRequestTests {
  private static func translate(
    _ more: HeaderFields, _ connect: ConnectRequest
  ) throws -> HeaderFields {
    var fields: HeaderFields = [":method": "GET", ":path": "/p.S/M?a=b", ":authority": "x"]
    more.appendAll(to: &fields)
    return try connect.translated(WebRequest(fields))
  }

  @Test func `a Connect request becomes gRPC's header block`() throws {
    let fields = try Self.translate(
      [
        "content-type": "application/json; charset=utf-8", "connect-protocol-version": "1",
        "connect-timeout-ms": "1500", "content-encoding": "gzip", "accept-encoding": "br, gzip;q=1",
        "content-length": "7", "grpc-timeout": "1n", "user": "ada", "connect-x": "y",
      ], ConnectRequest(.unary, isJSON: true))
    #expect(
      fields == [
        ":authority": "x", ":method": "POST", ":path": "/p.S/M",
        "content-type": "application/grpc", "grpc-timeout": "1500000u", "grpc-encoding": "gzip",
        "grpc-accept-encoding": "br,gzip", "user": "ada",
      ])
  }

  @Test func `a stream's encodings have names of their own`() throws {
    let fields = try Self.translate(
      ["connect-content-encoding": "gzip", "accept-encoding": "br"],
      ConnectRequest(.streaming, isJSON: false))
    #expect(fields.field("grpc-encoding") == "gzip")
    #expect(fields.field("grpc-accept-encoding") == "gzip")
  }

  @Test(arguments: [
    ("gzip, deflate, br;q=0.5", "gzip,deflate,br"), ("gzip;q=0, identity", "identity"),
    ("", ""), ("GZIP ; q=0.1", "gzip"), ("gzip;q=x", ""),
  ])
  func `a list of encodings loses its weights`(list: String, expected: String) {
    #expect(ConnectRequest.acceptable(Array(list.utf8)[...]) == expected)
  }

  @Test(arguments: ["", "-1", "1.5", "12345678901", "1s", "٣"])
  func `a timeout that is not 1 to 10 digits is refused`(text: String) {
    let error = #expect(throws: RPCError.self) {
      try Self.translate(["connect-timeout-ms": text], ConnectRequest(.unary, isJSON: true))
    }
    #expect(error?.code == .invalidArgument)
  }

  @Test(arguments: [("0", "0n"), ("9999999999", "9999999S"), ("0000000001", "1000000n")])
  func `a timeout is rounded up to what gRPC can say`(text: String, expected: String) throws {
    let fields = try Self.translate(
      ["connect-timeout-ms": text], ConnectRequest(.unary, isJSON: true))
    let timeout = try #require(fields.field("grpc-timeout"))
    #expect(
      Timeout.parse(Array(timeout.utf8).span) == Timeout.parse(Array(expected.utf8).span)
        || text == "9999999999" && timeout == "10000000S")
  }

  @Test func `another version of Connect is refused`() {
    let error = #expect(throws: RPCError.self) {
      try Self.translate(
        ["connect-protocol-version": "2"], ConnectRequest(.unary, isJSON: true))
    }
    #expect(error?.code == .invalidArgument)
  }

  @Test(
    arguments: [
      ("application/grpc-web", nil, "application/grpc-web"),
      ("application/grpc-web+proto", "*/*", "application/grpc-web+proto"),
      ("application/grpc-web+json", nil, "application/grpc-web+json"),
      ("application/grpc-web-text", nil, "application/grpc-web-text"),
      ("application/grpc-web-text-base64", nil, "application/grpc-web-text"),
      ("application/grpc-web-text+proto", "*/*", "application/grpc-web-text+proto"),
      ("application/grpc-web-text", "application/grpc-web", "application/grpc-web"),
      (
        "application/grpc-web+proto", "application/grpc-web-text", "application/grpc-web-text+proto"
      ),
    ] as [(String, String?, String)])
  func `gRPC-Web answers as the client asks`(type: String, accept: String?, answer: String) throws {
    let request = try #require(GRPCWebRequest(contentType: type, accept: accept))
    #expect(request.contentType == answer)
    #expect(request.isText == type.contains("-text"))
  }

  @Test(arguments: [
    "application/grpc-web+thrift", "application/grpc-websocket", "application/grpc",
  ])
  func `another codec is not gRPC-Web's`(type: String) {
    #expect(GRPCWebRequest(contentType: type, accept: nil) == nil)
  }

  @Test func `bytes that were translated are given back as they came, to the last`() {
    var credit = TranslatedCredit()
    var given = 0
    credit.translated(8, to: 5)
    given += credit.take(2)
    credit.translated(400, to: 300)
    given += credit.take(150)
    given += credit.take(1)
    #expect(given < 408)
    given += credit.take(152)
    #expect(given == 408 && credit.take(0) == 0)
  }

  @Test func `trailers are a frame with a mark`() {
    #expect(
      GRPCWebStream.frame(trailers: ["grpc-status": "0", "a": "b"])
        == [0x80, 0, 0, 0, 22] + Array("grpc-status: 0\r\na: b\r\n".utf8))
  }
}
