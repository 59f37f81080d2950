import EventLoop
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct SignalsTests {
  @Test func `a signal arrives on the loop`() async throws {
    try await withLoop { loop in
      Signals.block([.hangup])
      let received = try await withCheckedThrowingContinuation { done in
        do {
          let signals = try Signals([.hangup], on: loop) { signal in
            done.resume(returning: (signal, loop.isCurrent))
          }
          // Signals this thread, which blocks the signal: the other threads of the tests do not.
          loop.execute {
            Signals.block([.hangup])
            pthread_kill(pthread_self(), SIGHUP)
            loop.schedule(after: .milliseconds(1)) { signals.stop() }
          }
        } catch {
          done.resume(throwing: error)
        }
      }
      #expect(received.0 == .hangup)
      #expect(received.1)
    }
  }
}
