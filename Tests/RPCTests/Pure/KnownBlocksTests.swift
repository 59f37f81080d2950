import Testing
import Wire

@testable import RPC

@Suite(.timeLimit(.minutes(2)))
struct KnownBlocksTests {
  private let blocks = KnownBlocks()
  private let head: HeaderFields = [":status": "200", "content-type": "application/grpc"]

  @Test func `a head that has been read is known, and no other`() throws {
    #expect(blocks.knownHead(head) == nil)
    #expect(blocks.knownHead([:]) == nil)
    #expect(try blocks.head(head, httpStatus: 200, MessageEncodings([])).httpStatus == 200)
    #expect(blocks.knownHead(head)?.httpStatus == 200)
    var other = head
    other.append("x", "1")
    #expect(blocks.knownHead(other) == nil)
    #expect(blocks.knownHead([":status": "404", "content-type": "application/grpc"]) == nil)
    #expect(blocks.knownHead([:]) == nil)
  }

  @Test func `a head that ends its call is not known`() {
    let bad: HeaderFields = [":status": "200", "content-type": "text/html"]
    for _ in 0..<2 {
      #expect(throws: RPCError.self) {
        _ = try blocks.head(bad, httpStatus: 200, MessageEncodings([]))
      }
      #expect(blocks.knownHead(bad) == nil)
    }
  }

  @Test func `trailers count each time for what they say`() {
    let ok: HeaderFields = ["grpc-status": "0", "x": "1"]
    for _ in 0..<2 {
      #expect(blocks.status(trailers: ok, httpStatus: 200) == nil)
      #expect(blocks.status(trailers: ["grpc-status": "5"], httpStatus: 200)?.code == .notFound)
      #expect(blocks.status(trailers: [:], httpStatus: 200)?.code == .unknown)
      #expect(blocks.status(trailers: ["grpc-status": "0"], httpStatus: 200) == nil)
    }
  }

  @Test func `each method has its own head, however many there are`() {
    let methods = (0..<40).map {
      MethodDescriptor(service: "s.S", method: "M\($0)", kind: .unary)
    }
    for _ in 0..<2 {
      for method in methods {
        let made = blocks.requestHead(method) { [":path": method.path] }
        #expect(made == [":path": method.path])
      }
    }
    var isMade = false
    let again = blocks.requestHead(methods[39]) {
      isMade = true
      return [:]
    }
    #expect(again == [":path": "/s.S/M39"])
    #expect(!isMade)
  }
}
