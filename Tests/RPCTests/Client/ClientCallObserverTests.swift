import Protobuf
import Synchronization
import Testing
import Wire

@testable import RPC

/// What the observer of a client is told.
@Suite(.timeLimit(.minutes(2))) struct ClientCallObserverTests {
  private final class Notes: ClientCallObserver {
    let all = Mutex<[String]>([])

    private func add(_ text: String) { all.withLock { $0.append(text) } }

    private func text(_ summary: ClientCallSummary) -> String {
      "\(summary.method.method) \(summary.code) \(summary.bytesSent) \(summary.bytesReceived)"
    }

    func attemptStarted(_ method: MethodDescriptor) { add("started \(method.method)") }
    func attemptEnded(_ summary: ClientCallSummary) { add("attempt " + text(summary)) }
    func callEnded(_ summary: ClientCallSummary) { add("call " + text(summary)) }
  }

  @Test func `a call that is made again has two attempts`() async throws {
    let notes = Notes()
    let scripts = [[ScriptedServer.Step.requestEnd, .reset(.refused)], ScriptedServer.answer]
    try await ScriptedServer.run(scripts, observer: notes) { client, _, _ in
      _ = try await client.unary(StringValue("a"))
    }
    // The message is 3 bytes long, and so is the answer; frames do not count.
    #expect(
      notes.all.withLock { $0 } == [
        "started Unary", "attempt Unary UNAVAILABLE 3 0", "started Unary", "attempt Unary OK 3 3",
        "call Unary OK 6 3",
      ])
  }

  private static let notNow: [ScriptedServer.Step] = [
    .headersOnly([
      ":status": "200", "content-type": "application/grpc", "grpc-status": "14",
      "grpc-message": "not now",
    ])
  ]

  @Test func `each attempt is watched, a transparent one too, and sends metadata of its own`()
    async throws
  {
    let config = try ServiceConfig(
      json: """
        {"methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 3,
          "initialBackoff": "0.001s", "maxBackoff": "0.001s", "backoffMultiplier": 1,
          "retryableStatusCodes": ["UNAVAILABLE"]}}]}
        """)
    let notes = Mutex<[String]>([])
    var options = CallOptions()
    options.onAttempt = { attempt in
      let name = "\(attempt.previous)\(attempt.isTransparentRetry ? "t" : "")"
      notes.withLock { $0.append("began " + name) }
      var metadata = Metadata()
      try? metadata.add("attempt", name)
      return AttemptWatch(metadata: metadata) { status in
        notes.withLock { $0.append("ended \(name) \(status?.code.description ?? "OK")") }
      }
    }
    let scripts = [[ScriptedServer.Step.reset(.refused)], Self.notNow, ScriptedServer.answer]
    try await ScriptedServer.run(scripts, config: config) { [options] client, server, _ in
      _ = try await client.unary(StringValue("a"), options: options)
      let sent = await server.heads.take(3).map { Metadata(received: $0)["attempt"] }
      #expect(sent == ["0", "0t", "1"])
    }
    #expect(
      notes.withLock { $0 } == [
        "began 0", "ended 0 UNAVAILABLE", "began 0t", "ended 0t UNAVAILABLE", "began 1",
        "ended 1 OK",
      ])
  }

  @Test func `an attempt whose call is given up has ended`() async throws {
    let ended = Recorder<StatusCode?>()
    var options = CallOptions()
    options.onAttempt = { _ in AttemptWatch { ended.add($0?.code) } }
    try await ScriptedServer.run([[.requestEnd]]) { [options] client, server, _ in
      let call = Task { try await client.unary(StringValue("a"), options: options) }
      _ = await server.heads.take(1)
      call.cancel()
      await #expect(throws: RPCError.cancelled) { try await call.value }
    }
    #expect(await ended.take(1) == [.cancelled])
  }
}
