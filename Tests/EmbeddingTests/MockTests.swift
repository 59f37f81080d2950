import Protobuf
import RPC
import RPCInProcess
import TestMessages
import Testing

/// What generated code gives a test, and a service that is not finished.
@Suite(.timeLimit(.minutes(2))) struct MockTests {
  /// Implements one method of five.
  private struct Unfinished: EchoServer {
    func say(_ request: Everything, context: ServerContext) async throws -> Everything { request }
  }

  @Test func `Methods that are left out answer UNIMPLEMENTED`() async throws {
    try await withService(Unfinished()) { echo in
      _ = try await echo.say(Everything())
      await expectUnimplemented("Collect") { _ = try await echo.collect { _ in } }
      await expectUnimplemented("Spread") {
        try await echo.spread(Everything()) { for try await _ in $0 {} }
      }
      await expectUnimplemented("Chat") {
        try await echo.chat { requests, responses in for try await _ in responses {} }
      }
      await expectUnimplemented("Default") { _ = try await echo.`default`(Empty()) }
    }
  }

  @Test func `A mock answers with closures, and UNIMPLEMENTED without`() async throws {
    var mock = EchoMock()
    mock.onSay = { request, _ in Everything(oneInt32: request.oneInt32 + 1) }
    mock.onSpread = { _, responses, _ in try await responses.write(Leaf(text: "one")) }
    mock.onCollect = { requests, _ in
      var count: Int32 = 0
      for try await _ in requests { count += 1 }
      return Everything(oneInt32: count)
    }
    try await withService(mock) { echo in
      #expect(try await echo.say(Everything(oneInt32: 4)).oneInt32 == 5)
      let texts = try await echo.spread(Everything()) { responses in
        var texts: [String] = []
        for try await response in responses { texts.append(response.text) }
        return texts
      }
      #expect(texts == ["one"])
      let collected = try await echo.collect { requests in try await requests.write(Leaf()) }
      #expect(collected.oneInt32 == 1)
      await expectUnimplemented("Default") { _ = try await echo.`default`(Empty()) }
    }
  }

  /// Serves in memory, and calls.
  private func withService(
    _ service: some EchoServer, _ body: (EchoClient) async throws -> Void
  ) async throws {
    let transport = InProcessTransport(executor: InProcessLoop())
    let server = RPCServer(transports: [transport.server], services: [service])
    let client = RPCClient(transport: transport.client)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      group.addTask { try await client.run() }
      try await body(EchoClient(client))
      client.beginGracefulShutdown()
      server.beginGracefulShutdown()
      try await group.waitForAll()
    }
  }

  private func expectUnimplemented(_ method: String, _ call: () async throws -> Void) async {
    let error = await #expect(throws: RPCError.self) { try await call() }
    #expect(error?.code == .unimplemented)
    #expect(error?.message == "method \(method) of service testing.v1.Echo is not implemented")
  }
}
