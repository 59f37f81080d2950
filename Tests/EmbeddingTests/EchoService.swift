import Protobuf
import RPC
import TestMessages

/// A service as another package would write it for its own proto.
struct EchoService: EchoServer {
  func say(_ request: Everything, context: ServerContext) async throws -> Everything {
    request
  }

  func collect(_ requests: RequestStream<Leaf>, context: ServerContext) async throws -> Everything {
    var sum: Int32 = 0
    for try await request in requests { sum += request.number }
    var response = Everything()
    response.oneLeaf = Leaf(number: sum)
    return response
  }

  func spread(
    _ request: Everything, responses: ResponseWriter<Leaf>, context: ServerContext
  ) async throws {
    for number in 0..<(request.oneLeaf?.number ?? 0) {
      try await responses.write(Leaf(number: number))
    }
  }

  func chat(
    _ requests: RequestStream<Leaf>, responses: ResponseWriter<Leaf>, context: ServerContext
  ) async throws {
    for try await request in requests { try await responses.write(request) }
  }

  func `default`(_ request: Empty, context: ServerContext) async throws -> Imported {
    throw RPCError(
      .failedPrecondition, "nothing is the default — not here",
      details: [ErrorDetail(ErrorInfo(reason: "NO_DEFAULT", domain: "testing"))])
  }
}

extension Leaf {
  init(number: Int32) {
    self.init()
    self.number = number
  }
}

extension ErrorInfo {
  fileprivate init(reason: String, domain: String) {
    self.init()
    self.reason = reason
    self.domain = domain
  }
}
