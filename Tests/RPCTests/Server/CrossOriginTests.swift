import RPC
import RPCInProcess
import Testing
import Wire

/// Requests of web pages, through a whole server.
@Suite(.timeLimit(.minutes(2))) struct CrossOriginTests {
  private struct Page: HTTPHandler {
    let seen = Recorder<String>()

    func respond(to request: HTTPRequest) async -> HTTPResponse {
      seen.add(request.path)
      var headers: HeaderFields = ["content-type": "text/plain", "x-count": "1"]
      if request.path == "/own" {
        headers.append("access-control-allow-origin", "https://other.example")
      }
      return HTTPResponse(status: 200, headers: headers, body: Array("hi".utf8))
    }

    func response(to refusal: HTTPRefusal) -> HTTPResponse {
      HTTPResponse(status: refusal.status, body: Array("\(refusal)".utf8))
    }
  }

  private static let origin = "https://ui.example"
  private static let head: HeaderFields = [
    ":method": "POST", ":scheme": "http", ":path": "/page", ":authority": "test",
  ]

  private static func policy() throws -> WebPolicy {
    WebPolicy(origins: [try #require(OriginPattern(origin))])
  }

  @Test func `a page that is not named reaches no handler, and the log knows`() async throws {
    let page = Page()
    try await TestBed.run(httpHandler: page) { bed in
      let response = await RawCall.exchange(
        bed, head: Self.head.with("origin", Self.origin), chunks: [[1, 2]])
      #expect(response.header(":status") == "403")
      #expect(response.header("access-control-allow-origin") == nil)
      #expect(response.body == Array(#"originNotAllowed("\#(Self.origin)")"#.utf8))
      let summary = await bed.summaries.next()
      #expect(summary?.httpStatus == 403 && summary?.code == .permissionDenied)
      #expect(summary?.message == "the origin \(Self.origin) is not allowed")
      #expect(summary?.path == "/page" && summary?.httpMethod == "POST")
      _ = await RawCall.exchange(bed, head: Self.head.with(":path", "/next"), chunks: [[1]])
      #expect(await page.seen.take(1) == ["/next"])
    }
  }

  @Test func `a page that is named may read the answer`() async throws {
    try await TestBed.run(httpHandler: Page(), web: Self.policy()) { bed in
      let response = await RawCall.exchange(
        bed, head: Self.head.with("origin", Self.origin), chunks: [[1]])
      #expect(response.header(":status") == "200" && response.body == Array("hi".utf8))
      #expect(response.header("access-control-allow-origin") == Self.origin)
      #expect(response.header("vary") == "origin")
      let exposed = response.header("access-control-expose-headers") ?? ""
      let names = exposed.split(separator: ",").map { $0.drop { $0 == " " } }
      for name in ["grpc-status", "grpc-message", "grpc-status-details-bin", "x-count"] {
        #expect(names.contains(name[...]), "\(name)")
      }
      #expect(await bed.summaries.next()?.httpStatus == 200)
    }
  }

  @Test func `an answer without a page says that pages get another one`() async throws {
    try await TestBed.run(httpHandler: Page(), web: Self.policy()) { bed in
      let response = await RawCall.exchange(bed, head: Self.head, chunks: [[1]])
      #expect(response.header("vary") == "origin")
      #expect(response.header("access-control-allow-origin") == nil)
    }
    try await TestBed.run(httpHandler: Page()) { bed in
      let response = await RawCall.exchange(bed, head: Self.head, chunks: [[1]])
      #expect(response.header(":status") == "200" && response.header("vary") == nil)
    }
  }

  @Test func `a handler that speaks of pages itself is not contradicted`() async throws {
    try await TestBed.run(httpHandler: Page(), web: Self.policy()) { bed in
      let head = Self.head.with(":path", "/own").with("origin", Self.origin)
      let response = await RawCall.exchange(bed, head: head, chunks: [[1]])
      #expect(response.header("access-control-allow-origin") == "https://other.example")
      #expect(response.header("access-control-expose-headers") == nil)
    }
  }

  @Test func `a browser that asks is answered without a handler`() async throws {
    let page = Page()
    try await TestBed.run(httpHandler: page, web: Self.policy()) { bed in
      // Also where a method of gRPC is: pages reach it with gRPC-Web.
      for path in ["/page", "/test.v1.Echo/Unary"] {
        let question = Self.head.with(":method", "OPTIONS").with(":path", path)
          .with("origin", Self.origin).with("access-control-request-method", "POST")
        let response = await RawCall.exchange(bed, head: question, endStream: true)
        #expect(response.header(":status") == "204" && response.body.isEmpty)
        #expect(response.header("access-control-allow-origin") == Self.origin)
        let summary = await bed.summaries.next()
        #expect(summary?.httpStatus == 204 && summary?.code == .ok && summary?.path == path)
        let refused = await RawCall.exchange(
          bed, head: question.with("origin", "https://evil.example"), endStream: true)
        #expect(refused.header(":status") == "403")
        #expect(refused.header("access-control-allow-headers") == nil)
        #expect(await bed.summaries.next()?.httpStatus == 403)
      }
      _ = await RawCall.exchange(bed, head: Self.head, chunks: [[1]])
      #expect(await page.seen.take(1) == ["/page"])
    }
  }

  @Test func `gRPC calls of pages follow the same rule`() async throws {
    try await TestBed.run(web: Self.policy()) { bed in
      let named = RawCall.head.with("origin", Self.origin)
      let answered = await RawCall.exchange(bed, head: named, chunks: [frame("x")])
      #expect(answered.status == 0 && answered.body == frame("x"))
      #expect(answered.header("access-control-allow-origin") == Self.origin)
      let other = RawCall.head.with("origin", "null")
      let refused = await RawCall.exchange(bed, head: other, chunks: [frame("x")])
      #expect(refused.headers == [":status": "403"])
      let plain = await RawCall.exchange(bed, chunks: [frame("x")])
      #expect(plain.status == 0 && plain.header("vary") == nil)
    }
  }

  @Test func `an error is for the page too`() async throws {
    try await TestBed.run(web: Self.policy()) { bed in
      let head = RawCall.head.with("origin", Self.origin).with(":path", "/a/b")
      let response = await RawCall.exchange(bed, head: head, endStream: true)
      #expect(response.isTrailersOnly && response.status == 12)
      #expect(response.header("access-control-allow-origin") == Self.origin)
      // Without a handler of HTTP.
      let json = Self.head.with("origin", Self.origin)
      let unsupported = await RawCall.exchange(bed, head: json, chunks: [[1]])
      #expect(unsupported.header(":status") == "415")
      #expect(unsupported.header("access-control-allow-origin") == Self.origin)
    }
  }
}
