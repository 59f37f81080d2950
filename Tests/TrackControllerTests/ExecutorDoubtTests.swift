import TestSupport
import Testing
import TrackController
import TrackDomain

/// It is unknown whether a deployment was published: the deployer's answer is lost, or too late.
@Suite(.timeLimit(.minutes(2))) struct ExecutorDoubtTests {
  private func isLate(_ event: ExecutorEvent) -> Bool {
    guard case .retrying(_, _, let error) = event else { return false }
    return error.hasPrefix("the deployer did not answer in time")
  }

  private func hasty(_ stepTimeout: Duration) -> ExecutorOptions {
    var options = ExecutorOptions(stepTimeout: stepTimeout, stepAttempts: 100)
    options.patience = .milliseconds(10)
    return options
  }

  @Test(arguments: [
    FakeWorld.Answer.fails(IntegrationError(.unavailable, "down")),
    .fails(IntegrationError(.notFound, "no such repository")),
    .fails(IntegrationError(.refused, "not you")), .hangs, .isStuck,
  ])
  func `what cannot be asked for is not published again`(answer: FakeWorld.Answer) async throws {
    try await Shop.with { (shop) async throws in
      shop.world.answer("deploy", .answerIsLost)
      shop.world.answer("receipt", answer)
      let executor = shop.fixture.execute(options: hasty(.seconds(1)))
      let deployment = try await shop.deploy(try await shop.image("a"))
      #expect(try await shop.endedInTime(deployment).gitopsHash == "commit-1")
      #expect(shop.world.calls(of: "receipt") > 1)
      #expect(shop.world.batches == [1])
      await executor.drain()
    }
  }

  @Test(arguments: [1, 8, 9, 20])
  func `all of a batch are asked for, however many`(count: Int) async throws {
    try await Shop.with { (shop) async throws in
      shop.world.answer("deploy", .answerIsLost)
      var deployments: [Deployment] = []
      for minor in 1...count {
        let track = try await shop.fixture.create("shop", "v2.\(minor)", branch: "main")
        let image = try await shop.image("a", track: track)
        deployments.append(try await shop.deploy(image) { $0.trackId = track.id })
      }
      let executor = shop.fixture.execute()
      for deployment in deployments {
        #expect(try await shop.endedInTime(deployment).state == .succeeded)
      }
      #expect(shop.world.calls(of: "receipt") == count)
      #expect(shop.world.batches == [count])
      await executor.drain()
    }
  }

  @Test func `the deployer learns which commit may be there already`() async throws {
    try await Shop.with { (shop) async throws in
      let deployment = try await shop.deploy(try await shop.image("a"))
      let first = shop.fixture.execute(signals: OperationSignals(), death: .committed)
      await first.died()
      let recorded = try #require(try await shop.operation(deployment)).gitopsHash
      #expect(!recorded.isEmpty)
      let second = shop.fixture.execute(signals: OperationSignals())
      #expect(try await shop.ended(deployment).state == .succeeded)
      await second.drain()
      #expect(shop.world.orders.map(\.deployment.gitopsHash) == ["", recorded])
    }
  }

  // MARK: Too late

  @Test func `a call that nobody waits for any more publishes nothing`() async throws {
    try await Shop.with { (shop) async throws in
      let executor = shop.fixture.execute(options: hasty(.milliseconds(100)))
      shop.world.hold()
      let deployment = try await shop.deploy(try await shop.image("a"))
      await shop.inTime { !shop.world.batches.isEmpty }
      await executor.heard(isLate)
      shop.world.release()
      await shop.eventually { shop.world.endedDeploys == 1 }
      #expect(shop.world.commits.isEmpty)
      #expect(try await shop.endedInTime(deployment).state == .succeeded)
      #expect(shop.world.commits.count == 1)
      await executor.drain()
    }
  }

  @Test func `nor does one whose commit is recorded too late`() async throws {
    try await Shop.with { (shop) async throws in
      let store = TroubledStore(store: shop.store)
      let clock = shop.fixture.clock
      let executor = RunningExecutor(
        store: store, world: shop.world, signals: shop.fixture.signals, options: hasty(.seconds(1)),
        now: { clock.now })
      shop.world.when("deploy") { store.holdNextWrite(.after) }
      let deployment = try await shop.deploy(try await shop.image("a"))
      await shop.inTime { !shop.world.batches.isEmpty }
      await shop.eventually { store.isHolding }
      await executor.heard(isLate)
      store.release()
      await shop.eventually { shop.world.endedDeploys == 1 }
      #expect(shop.world.commits.isEmpty)
      #expect(try await shop.endedInTime(deployment).state == .succeeded)
      #expect(shop.world.commits.count == 1)
      await executor.drain()
    }
  }

  @Test func `nor does one whose lease another process has`() async throws {
    try await Shop.with { (shop) async throws in
      let store = TroubledStore(store: shop.store)
      let clock = shop.fixture.clock
      shop.world.when("deploy") { store.holdNextWrite(.before) }
      let first = RunningExecutor(store: store, world: shop.world, now: { clock.now })
      let deployment = try await shop.deploy(try await shop.image("a"))
      await shop.eventually { store.isHolding }
      shop.world.hold()
      let second = shop.fixture.execute()
      await shop.eventually { shop.world.batches.count == 2 }
      store.release()
      await shop.eventually { shop.world.endedDeploys == 1 }
      #expect(shop.world.commits.isEmpty)
      shop.world.release()
      #expect(try await shop.ended(deployment).state == .succeeded)
      #expect(shop.world.commits.count == 1)
      await first.drain()
      await second.drain()
    }
  }
}
