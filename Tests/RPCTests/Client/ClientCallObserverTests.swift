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
}
