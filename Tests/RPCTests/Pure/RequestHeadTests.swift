import Testing
import Wire

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct RequestHeadTests {
  @Test(arguments: [
    ("application/grpc", true), ("application/grpc+proto", true), ("application/grpc;a=b", true),
    ("application/grpc ;x=y", true), ("application/grpc \t; x=y", true),
    ("application/grpc ", true), ("application/grpc x", false), ("application/grpc +proto", false),
    ("application/grpc+json", true), ("application/grpc-web", false), ("application/grpcx", false),
    ("application/json", false), ("", false), ("Application/GRPC", true), ("text/plain", false),
    ("APPLICATION/GRPC+Proto", true), ("APPLICATION\u{f}GRPC", false), ("APPLICATION/GRPCX", false),
  ])
  func `gRPC is recognised by the start of the content type`(type: String, isGRPC: Bool) {
    #expect(RequestHead(["content-type": type]).isGRPC == isGRPC)
  }

  @Test func `one pass finds all`() {
    let fields: HeaderFields = [
      ":method": "POST", ":scheme": "http", ":path": "/a.B/C", ":authority": "x",
      "content-type": "application/grpc", "te": "trailers", "grpc-timeout": "10m",
      "grpc-encoding": "gzip", "user-agent": "test",
    ]
    let head = RequestHead(fields)
    #expect(head.isPost && head.isGRPC)
    #expect(head.encoding.map { String(decoding: fields.bytes[$0], as: UTF8.self) } == "gzip")
    #expect(head.timeout == .after(.milliseconds(10)) && !head.hasOrigin)
    #expect(String(decoding: fields.bytes[head.path], as: UTF8.self) == "/a.B/C")
  }

  @Test func `what is absent is absent`() {
    let head = RequestHead([":method": "GET", "grpc-encoding": "identity"])
    #expect(!head.isPost && !head.isGRPC && head.encoding == nil)
    #expect(head.timeout == .absent && head.path.isEmpty)
    #expect(RequestHead(["grpc-timeout": "soon"]).timeout == .malformed)
    #expect(RequestHead(["origin": ""]).hasOrigin && !RequestHead(["accept": "*/*"]).hasOrigin)
  }
}
