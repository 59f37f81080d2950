import RPC
import TestMessages
import Testing

/// Exchanges of streams that must come out the same over every way to an `EchoService`.
extension EchoClient {
  /// The server's stream holds every number in its order.
  func expectNumbers(below count: Int32) async throws {
    var request = Everything()
    request.oneLeaf = Leaf(number: count)
    let numbers = try await spread(request) { responses in
      var numbers: [Int32] = []
      for try await response in responses { numbers.append(response.number) }
      return numbers
    }
    #expect(numbers == Array(0..<count))
  }

  /// Each request has its response before the next one is sent, and the end of the requests ends
  /// the call.
  func expectTalk(rounds: Int32) async throws {
    try await chat { requests, responses in
      var iterator = responses.makeAsyncIterator()
      for number in 0..<rounds {
        try await requests.write(Leaf(number: number))
        let response = try await iterator.next()
        #expect(response?.number == number)
      }
      await requests.finish()
      let end = try await iterator.next()
      #expect(end == nil)
    }
  }
}
