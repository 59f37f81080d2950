import RPC
import Testing
import TrackMessages

@testable import TrackServices

@Suite(.timeLimit(.minutes(2))) struct ReplyCacheTests {
  private typealias Cache = ReplyCache<TrackReplyKey, GetDeploymentTrackResponse>

  /// Room for a dozen of the replies that these tests make, each of which has 300 to 700 bytes.
  private let shelf = Cache.Shelf(bytes: 16 << 10)

  private func key(_ number: Int) -> TrackReplyKey {
    var request = GetDeploymentTrackRequest()
    request.componentId = "c"
    request.deploymentTrackId = "t\(number)"
    return TrackReplyKey(request, nil)
  }

  private func keep(_ text: String, to number: Int, _ stamp: UInt64) {
    shelf.keep(.failure(RPCError(.notFound, text).encodedOnce()), to: key(number), stamp)
  }

  private func message(_ number: Int, _ stamp: UInt64) -> String? {
    guard case .failure(let status) = shelf.reply(to: key(number), stamp) else { return nil }
    return (status as? RPCError)?.message
  }

  @Test func `A reply is given under its own stamp only, and the newest replaces it`() {
    keep("old", to: 1, 1)
    #expect(message(1, 1) == "old")
    #expect(message(1, 2) == nil && message(2, 1) == nil)
    keep("new", to: 1, 2)
    #expect(message(1, 2) == "new" && message(1, 1) == nil)
  }

  @Test func `However many replies come, no more than its bytes are kept`() {
    for number in 0..<10_000 {
      keep("r\(number)", to: number, 1)
      #expect(shelf.byteCount <= 16 << 10)
      // A reply that is asked for stays.
      #expect(message(0, 1) == "r0")
    }
    #expect(message(1, 1) == nil)
    #expect(message(9_999, 1) == "r9999")
  }

  @Test func `A reply that is replaced takes no bytes any more`() {
    keep("one", to: 1, 1)
    let once = shelf.byteCount
    for stamp in 2...1000 as ClosedRange<UInt64> { keep("one", to: 1, stamp) }
    #expect(shelf.byteCount == once)
  }

  @Test func `A large reply is not kept, and what it replaces goes`() {
    keep("small", to: 1, 1)
    keep(String(repeating: "x", count: 1 << 10), to: 1, 2)
    keep(String(repeating: "x", count: 1 << 10), to: 2, 1)
    #expect(shelf.byteCount == 0)
  }
}
