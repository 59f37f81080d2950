import RPC
import Testing

struct HTTPHandlerTests {
  private struct Page: HTTPHandler {
    func respond(to request: HTTPRequest) async -> HTTPResponse {
      HTTPResponse(
        status: request.method == "GET" ? 200 : 201,
        headers: ["content-type": "text/plain"], body: Array(request.path.utf8) + request.body)
    }
  }

  private static let head: HeaderFields = [
    ":method": "GET", ":scheme": "http", ":path": "/page?a=b", ":authority": "test",
  ]

  @Test func `what is not gRPC goes to the handler`() async throws {
    try await TestBed.run(httpHandler: Page()) { bed in
      let get = await RawCall.exchange(bed, head: Self.head, endStream: true)
      #expect(get.headers == [":status": "200", "content-type": "text/plain"])
      #expect(get.body == Array("/page?a=b".utf8) && get.closed == .finished)
      let post = Self.head.with(":method", "POST")
      let posted = await RawCall.exchange(bed, head: post, chunks: [[1], [2, 3]])
      #expect(posted.header(":status") == "201")
      #expect(posted.body.suffix(3) == [1, 2, 3])
      #expect(await bed.summaries.next()?.httpStatus == 200)
      #expect(await RawCall.exchange(bed, chunks: [frame("x")]).status == 0)
    }
  }

  @Test func `a body over the limit gets 413`() async throws {
    var limits = RPCLimits()
    limits.maxHTTPBodyBytes = 2
    try await TestBed.run(limits: limits, httpHandler: Page()) { bed in
      let head = Self.head.with(":method", "POST")
      let response = await RawCall.exchange(
        bed, head: head, chunks: [[1, 2], [3]], keepOpen: true)
      #expect(response.header(":status") == "413")
    }
  }
}
