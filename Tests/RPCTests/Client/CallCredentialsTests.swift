import Protobuf
import RPC
import RPCInProcess
import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct CallCredentialsTests {
  private struct Token: CallCredentials {
    var allowsInsecureTransport = true
    var name = "authorization"
    let make: @Sendable (CredentialsRequest) async throws -> String

    func metadata(for request: CredentialsRequest) async throws -> Metadata {
      var metadata = Metadata()
      try metadata.add(name, try await make(request))
      return metadata
    }
  }

  @Test func `each attempt gets its own metadata`() async throws {
    let made = Recorder<Int>()
    let counter = Counter()
    let credentials = Token { request in
      made.add(1)
      return "\(request.audience) \(counter.next())"
    }
    let scripts = [[ScriptedServer.Step.reset(.refused)], ScriptedServer.answer]
    try await ScriptedServer.run(scripts, credentials: credentials) { client, server, _ in
      let found1 = try await client.unary(StringValue("x")).value
      #expect(found1 == "y")
      #expect(
        await server.heads.take(2).map { $0.field("authorization") } == [
          "http://localhost/test.v1.Echo 1", "http://localhost/test.v1.Echo 2",
        ])
      #expect(await server.bodies.take(2).last == frame("x"))
    }
  }

  @Test func `those of the call come besides those of the client`() async throws {
    let mine = Token(name: "mine") { _ in "2" }
    try await ScriptedServer.run([ScriptedServer.answer], credentials: Token { _ in "1" }) {
      client, server, _ in
      var options = CallOptions()
      options.credentials = mine
      let found2 = try await client.unary(StringValue("x"), options: options).value
      #expect(found2 == "y")
      let head = await server.heads.take(1).first
      #expect(head?.field("authorization") == "1" && head?.field("mine") == "2")
    }
  }

  @Test(arguments: [
    (RPCError(.unavailable, "later"), RPCError(.unavailable, "later")),
    (RPCError(.permissionDenied), RPCError(.permissionDenied)),
    (
      RPCError(.notFound, "no key"),
      RPCError(.internal, "the call's credentials failed with NOT_FOUND: no key")
    ),
    (RPCError(.dataLoss), RPCError(.internal, "the call's credentials failed with DATA_LOSS")),
  ])
  func `their failure is the call's, but for the codes of servers`(
    thrown: RPCError, status: RPCError
  ) async throws {
    try await ScriptedServer.run([ScriptedServer.answer], credentials: Token { _ in throw thrown })
    {
      client, _, _ in
      #expect(await rpcError { try await client.unary(StringValue("x")) } == status)
    }
  }

  @Test func `any other error is UNAUTHENTICATED`() async throws {
    struct Odd: Error {}
    try await ScriptedServer.run([ScriptedServer.answer], credentials: Token { _ in throw Odd() }) {
      client, _, _ in
      #expect(await rpcError { try await client.unary(StringValue("x")) }?.code == .unauthenticated)
    }
  }

  @Test(arguments: [("http", StatusCode.unauthenticated), ("https", nil)])
  func `they are sent in cleartext only where they allow it`(
    scheme: String, code: StatusCode?
  ) async throws {
    let secret = Token(allowsInsecureTransport: false) { _ in "secret" }
    try await ScriptedServer.run([ScriptedServer.answer], credentials: secret, scheme: scheme) {
      client, _, _ in
      #expect(await rpcError { try await client.unary(StringValue("x")) }?.code == code)
    }
  }

  @Test func `the deadline ends the wait for them, and so does cancelling`() async throws {
    let asked = Recorder<Bool>()
    let ended = Recorder<Bool>()
    let slow = Token { _ in
      asked.add(true)
      await Signal().wait()
      ended.add(Task.isCancelled)
      return "late"
    }
    try await ScriptedServer.run([ScriptedServer.answer], credentials: slow, clock: .manual) {
      client, _, loop in
      let late = Task {
        await rpcError {
          try await client.unary(StringValue("x"), options: CallOptions(timeout: .seconds(5)))
        }
      }
      _ = await asked.take(1)
      loop.advance(by: .seconds(5))
      #expect(await late.value?.code == .deadlineExceeded)
      #expect(await ended.take(1) == [true])
      let cancelled = Task { await rpcError { try await client.unary(StringValue("x")) } }
      _ = await asked.take(1)
      cancelled.cancel()
      #expect(await cancelled.value?.code == .cancelled)
      #expect(await ended.take(1) == [true])
    }
  }
}

/// `@unchecked Sendable`: one task after the other asks.
private final class Counter: @unchecked Sendable {
  private var count = 0

  func next() -> Int {
    count += 1
    return count
  }
}
