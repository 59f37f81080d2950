import RPC
import Testing
import TrackMessages

@testable import TrackServices

@Suite(.timeLimit(.minutes(2))) struct ReplyCacheTests {
  private typealias Shelf = ReplyCache.Shelf

  private func key(_ number: Int) -> ReplyCache.Key {
    var request = GetDeploymentTrackRequest()
    request.componentId = "c"
    request.deploymentTrackId = "t\(number)"
    return ReplyCache.Key(request)
  }

  private func reply(_ token: String) -> ReplyCache.Reply {
    .failure(EncodedStatus(RPCError(.notFound, token)))
  }

  private func message(_ shelf: Shelf, _ number: Int, _ stamp: UInt64) -> String? {
    guard case .failure(let status) = shelf.reply(to: key(number), stamp) else { return nil }
    return status.status.message
  }

  @Test func `A reply is given under its own stamp only, and the newest replaces it`() {
    let shelf = Shelf()
    shelf.keep(reply("old"), to: key(1), 1)
    #expect(message(shelf, 1, 1) == "old")
    #expect(message(shelf, 1, 2) == nil && message(shelf, 2, 1) == nil)
    shelf.keep(reply("new"), to: key(1), 2)
    #expect(message(shelf, 1, 2) == "new" && message(shelf, 1, 1) == nil)
  }

  @Test func `However many replies come, two generations of them are kept`() {
    let shelf = Shelf()
    for number in 0..<10 * Shelf.limit {
      shelf.keep(reply("r\(number)"), to: key(number), 1)
      #expect(shelf.count <= 2 * Shelf.limit)
      // What is asked for stays.
      if number.isMultiple(of: 500) { #expect(message(shelf, 0, 1) == "r0") }
    }
    #expect(message(shelf, 1, 1) == nil)
    #expect(message(shelf, 10 * Shelf.limit - 1, 1) != nil)
  }

  @Test func `A large reply is not kept, and what it replaces goes`() {
    let shelf = Shelf()
    shelf.keep(reply("small"), to: key(1), 1)
    shelf.keep(reply(String(repeating: "x", count: Shelf.largest)), to: key(1), 2)
    shelf.keep(reply(String(repeating: "x", count: Shelf.largest)), to: key(2), 1)
    #expect(shelf.count == 0)
  }
}
