import Protobuf
import Testing
import Wire

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct ResponseBlocksTests {
  @Test func `an OK reply has constant blocks`() {
    #expect(
      ResponseBlocks.headers(nil, MessageEncodings([])) == [
        ":status": "200", "content-type": "application/grpc",
      ])
    #expect(ResponseBlocks.trailers(nil, nil, limit: 100) == ["grpc-status": "0"])
  }

  @Test func `a failure carries message, details and metadata`() throws {
    var metadata = Metadata()
    try metadata.add("a", "1")
    let detail = ErrorDetail(typeURL: "type.googleapis.com/x.Y", value: [1, 2])
    let error = RPCError(.notFound, "no ünit", details: [detail], metadata: metadata)
    let block = ResponseBlocks.trailersOnly(error, nil, limit: 1000)
    #expect(block.field(":status") == "200")
    #expect(block.field("grpc-status") == "5")
    #expect(block.field("grpc-message") == "no %C3%BCnit")
    #expect(block.field("a") == "1")
    let details = Array((block.field("grpc-status-details-bin") ?? "").utf8)
    let bytes = Base64.metadata.decode(details.span)
    let status = try Status(serialized: #require(bytes))
    #expect(status.code == 5)
    #expect(status.message == "no ünit")
    #expect(status.details.map(\.typeUrl) == ["type.googleapis.com/x.Y"])
    #expect(ResponseStatus.parse(trailers: block, httpStatus: 200)?.details == [detail])
  }

  @Test func `a status that is encoded once is sent as one that is not`() throws {
    var metadata = Metadata()
    try metadata.add("a", "1")
    let detail = ErrorDetail(typeURL: "t/x.Y", value: Array(repeating: 1, count: 100))
    let error = RPCError(.notFound, "no ünit", details: [detail], metadata: metadata)
    var once = error.encodedOnce()
    #expect(once == error && once.hashValue == error.hashValue)
    #expect(once.encodedByteCount > 100 && error.encodedByteCount == 0)
    for limit in [0, 10, 100, 1000] {
      for more in [nil, metadata] {
        #expect(
          ResponseBlocks.trailersOnly(once, more, limit: limit)
            == ResponseBlocks.trailersOnly(error, more, limit: limit))
      }
    }
    once.message = "gone"
    #expect(ResponseBlocks.trailersOnly(once, nil, limit: 1000).field("grpc-message") == "gone")
    #expect(once != error)
  }

  @Test func `a status that is too long loses its details, then its end`() {
    let detail = ErrorDetail(typeURL: "t/x.Y", value: Array(repeating: 1, count: 100))
    let error = RPCError(.internal, String(repeating: "ü", count: 100), details: [detail])
    let block = ResponseBlocks.trailersOnly(error, nil, limit: 100)
    #expect(block.field("grpc-status-details-bin") == nil)
    #expect(block.field("grpc-message") == String(repeating: "%C3%BC", count: 16) + "%C3")
    #expect(block.field("grpc-status") == "13")
  }
}
