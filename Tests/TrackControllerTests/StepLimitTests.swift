import Testing

@testable import TrackController

/// How long work outside of trackd is waited for.
@Suite(.timeLimit(.minutes(1))) struct StepLimitTests {
  private let ever = Duration.seconds(3600)

  private func sleep(_ duration: Duration) async -> Bool {
    (try? await Task.sleep(for: duration)) != nil
  }

  @Test func `work that ends in time counts`() async {
    #expect(await StepLimit(duration: ever, patience: ever).run { 7 } == 7)
  }

  @Test func `work that ends when it is cancelled still counts`() async {
    let limit = StepLimit(duration: .milliseconds(1), patience: ever)
    let slept = await limit.run { await sleep(ever) }
    #expect(slept == false)
  }

  @Test func `work that does not notice is left behind`() async {
    let (gate, continuation) = AsyncStream<Void>.makeStream()
    let limit = StepLimit(duration: .milliseconds(1), patience: .milliseconds(1))
    let value = await limit.run {
      // Nobody cancels that task.
      await Task { for await _ in gate {} }.value
      return 7
    }
    #expect(value == nil)
    continuation.finish()
  }

  @Test func `work is cancelled with who waits for it`() async {
    let limit = StepLimit(duration: ever, patience: ever)
    let (begun, continuation) = AsyncStream<Void>.makeStream()
    let task = Task {
      await limit.run {
        continuation.finish()
        return await sleep(ever)
      }
    }
    for await _ in begun {}
    task.cancel()
    #expect(await task.value != true)
  }
}
