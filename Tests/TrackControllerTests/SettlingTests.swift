import TestSupport
import Testing
import TrackController
import TrackDomain

/// Before what may be on its way is given up, nobody can publish it any more.
@Suite(.timeLimit(.minutes(2))) struct SettlingTests {
  /// So long that nobody renews it, however slow the machine is.
  private static let lease: Int64 = 3600
  private let down = IntegrationError(.unavailable, "down")

  private func server(_ shop: Shop, attempts: Int32 = 1) -> RunningExecutor {
    let clock = shop.fixture.clock
    var options = ExecutorOptions(stepAttempts: attempts)
    options.leaseLength = .seconds(Self.lease)
    return RunningExecutor(
      store: SharedStore(shop.store), world: shop.world,
      options: options, now: { clock.now })
  }

  private func wait(_ shop: Shop, for system: String, calls: Int = 1) async {
    await shop.eventually { shop.world.calls(of: system) >= calls }
  }

  @Test func `a push that a stopped server wakes up with comes after the failure: it is refused`()
    async throws
  {
    try await Shop.with { (shop) async throws in
      shop.world.hold("push")
      let deployment = try await shop.deploy(try await shop.image("a"))
      let first = server(shop)
      try await shop.until {
        try $0.operation(id: deployment.id)?.step == .publishing ? true : nil
      }
      shop.world.answer("deploy", .fails(down))
      shop.fixture.clock.advance(seconds: Self.lease + 1)
      let second = server(shop)
      #expect(try await shop.ended(deployment).state == .failed)
      #expect(shop.world.calls(of: "settle") == 1)
      await second.drain()
      shop.world.release()
      await shop.eventually { shop.world.endedDeploys == 2 }
      await first.drain()
      #expect(shop.world.commits.isEmpty)
      #expect(try await shop.now(deployment).state == .failed)
      #expect(try await shop.binding()?.currentDeploymentId ?? "" == "")
    }
  }

  @Test func `what has arrived has succeeded, although nobody said so`() async throws {
    try await Shop.with { (shop) async throws in
      shop.world.answer("deploy", .answerIsLost)
      let executor = server(shop)
      let deployment = try await shop.deploy(try await shop.image("a"))
      let ended = try await shop.ended(deployment)
      #expect(ended.state == .succeeded && ended.gitopsHash == shop.world.commits.first?.hash)
      await executor.drain()
    }
  }

  @Test func `as long as nobody can tell it does not fail`() async throws {
    try await Shop.with { (shop) async throws in
      let unknown = Array(repeating: FakeWorld.Answer.fails(down), count: 4)
      shop.world.answer("deploy", .answerIsLost)
      for answer in unknown {
        shop.world.answer("receipt", answer)
        shop.world.answer("settle", answer)
      }
      let executor = server(shop)
      let deployment = try await shop.deploy(try await shop.image("a"))
      while try await !shop.now(deployment).state.isFinal {
        shop.fixture.clock.advance(seconds: 60)
        shop.fixture.signals.wake()
        executor.signals.wake()
        await Task.yield()
      }
      #expect(try await shop.now(deployment).state == .succeeded)
      #expect(shop.world.calls(of: "settle") > 1)
      #expect(executor.events.contains { if case .retrying = $0 { true } else { false } })
      await executor.drain()
    }
  }

  @Test func `what was refused at once is not asked about`() async throws {
    try await Shop.with { (shop) async throws in
      shop.world.answer("deploy", .fails(IntegrationError(.refused, "no")))
      let executor = server(shop)
      let deployment = try await shop.deploy(try await shop.image("a"))
      #expect(try await shop.ended(deployment).state == .failed)
      #expect(shop.world.calls(of: "settle") == 0)
      await executor.drain()
    }
  }

  // MARK: Removals

  /// A deletion whose first server is stopped when its removal is announced; then `body` runs.
  private func stoppedRemoval(
    _ body: (Shop, Task<DeletedTrack, any Error>) async throws -> Void
  ) async throws {
    try await Shop.with { (shop) async throws in
      _ = try await shop.fixture.create("shop", "v2.0", branch: "next")
      // It is published, and the track has no active deployment.
      shop.world.answer("deploy", .answerIsLost)
      shop.world.answer("settle", .fails(IntegrationError(.refused, "no commits without files")))
      let executor = server(shop)
      let deployment = try await shop.deploy(try await shop.image("a"))
      #expect(try await shop.ended(deployment).state == .failed)
      try await shop.settled()
      await executor.drain()
      shop.world.hold("removal")
      let (tracks, ada, trackId) = (shop.fixture.tracks, shop.fixture.ada, shop.track.id)
      let call = Task {
        try await tracks.delete(DeleteTrack(componentId: "shop", trackId: trackId), by: ada)
      }
      let first = server(shop)
      try await shop.until { reader in
        try reader.deletion(componentId: "shop", trackId: trackId)?.gitopsHash.isEmpty == false
          ? true : nil
      }
      shop.fixture.clock.advance(seconds: Self.lease + 1)
      try await body(shop, call)
      shop.world.release()
      await first.drain()
    }
  }

  @Test func `a removal that was begun does nothing once the deletion was given up`() async throws {
    try await stoppedRemoval { (shop, call) async throws in
      shop.world.answer("withdraw", .fails(down))
      let second = server(shop)
      // By either server: the first one, whose lease is over, may claim the deletion anew.
      await #expect(throws: DomainError.self) { try await call.value }
      #expect(shop.world.calls(of: "settle") == 2)
      shop.world.release()
      await second.drain()
      try await shop.settled()
      #expect(shop.world.standing.count == 1)
      #expect(try await shop.fixture.all("shop").count == 2)
    }
  }

  @Test func `a deletion is not given up while a removal may arrive`() async throws {
    try await stoppedRemoval { (shop, call) async throws in
      shop.world.answer("withdraw", .fails(down))
      shop.world.answer("settle", .fails(down))
      let second = server(shop)
      let trackId = shop.track.id
      try await shop.until { reader in
        try reader.deletion(componentId: "shop", trackId: trackId)?.lastError.isEmpty == false
          ? true : nil
      }
      shop.world.release()
      shop.fixture.clock.advance(seconds: 60)
      second.signals.wake()
      #expect(try await call.value.abandonedPlaces.isEmpty)
      #expect(shop.world.standing.isEmpty)
      await second.drain()
    }
  }
}
