import TestSupport
import Testing
import TrackDomain

@testable import TrackController

/// The time limit of work outside of trackd.
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
      // This task is never cancelled.
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

  // MARK: Errors

  @Test(arguments: [
    (Duration.seconds(60), "60 s"), (.milliseconds(250), "250 ms"), (.seconds(3600), "3600 s"),
  ])
  func `no answer, and one that was cut off, came too late`(_ time: Duration, _ words: String) {
    let limit = StepLimit(duration: time, patience: ever)
    let late = IntegrationError(
      .unavailable, "nobody said so in time, which is \(words) (--step-timeout)")
    let down = IntegrationError(.refused, "no")
    func told(_ result: Result<Int, IntegrationError>?) -> Result<Int, IntegrationError> {
      limit.answer(result, late: "nobody said so")
    }
    #expect(told(nil) == .failure(late))
    #expect(told(.failure(.cancelled)) == .failure(late))
    #expect(told(.failure(down)) == .failure(down))
    #expect(told(.success(7)) == .success(7))
  }

  @Test(arguments: ["deploy", "place", "receipt", "createReleases"])
  func `no deployment fails as cancelled that nobody cancelled`(system: String) async throws {
    try await Shop.with { (shop) async throws in
      var options = ExecutorOptions(stepTimeout: .milliseconds(50), stepAttempts: 1)
      options.patience = .seconds(10)
      if system == "receipt" { shop.world.answer("deploy", .hangs) }
      shop.world.answer(system, .hangs)
      let executor = shop.fixture.execute(options: options)
      let ended = try await shop.endedInTime(try await shop.deploy(try await shop.image("a")))
      #expect(ended.state == .failed)
      #expect(ended.error.contains(" in time, which is 50 ms (--step-timeout)"), "\(ended.error)")
      await executor.drain()
    }
  }

  @Test func `nor does a deletion`() async throws {
    try await Shop.with { (shop) async throws in
      _ = try await shop.fixture.create("shop", "v2.0", branch: "next")
      let options = ExecutorOptions(stepTimeout: .milliseconds(50), stepAttempts: 1)
      shop.world.answer("delete", .hangs)
      let executor = shop.fixture.execute(options: options)
      let request = DeleteTrack(componentId: "shop", trackId: shop.track.id)
      let error = await expectRefusal(.cleanupPending, .unavailable) {
        try await shop.fixture.tracks.delete(request, by: shop.fixture.ada)
      }
      #expect(error?.message.contains("resources were not removed in time") == true)
      await executor.drain()
    }
  }
}
