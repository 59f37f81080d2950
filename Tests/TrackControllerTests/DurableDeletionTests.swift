import TestSupport
import Testing
import TrackDomain

@testable import TrackController

/// Deletions of tracks that have deployments, or resources outside of trackd.
@Suite(.timeLimit(.minutes(2))) struct DurableDeletionTests {
  private func delete(
    _ shop: Shop, force: Bool = false, options: MutationOptions = MutationOptions()
  ) async throws -> String {
    try await shop.fixture.tracks.delete(
      DeleteTrack(componentId: "shop", trackId: shop.track.id, force: force, options: options),
      by: shop.fixture.ada
    ).latestTrackId
  }

  /// Adds a second track, so that `shop.track` is not the latest.
  private func with(executes: Bool = true, _ body: (Shop, Track) async throws -> Void) async throws
  {
    try await Shop.with(executes: executes) { (shop) async throws in
      try await body(shop, try await shop.fixture.create("shop", "v2.0", branch: "next"))
    }
  }

  @Test func `removes what is outside first, step by step`() async throws {
    try await with { (shop, other) async throws in
      #expect(try await delete(shop) == other.id)
      let id = shop.track.id
      #expect(
        shop.world.deletions
          == ["\(id) gatewayConfigs", "\(id) keySets", "\(id) externalResources"])
      #expect(try await shop.fixture.all("shop").map(\.id) == [other.id])
    }
  }

  @Test func `active and unfinished deployments block it`() async throws {
    try await with(executes: false) { (shop, _) async throws in
      let image = try await shop.image("a")
      let deployment = try await shop.deploy(image)
      let error = await expectRefusal(.trackHasActiveDeployments, .failedPrecondition) {
        try await delete(shop)
      }
      #expect(error?.metadata["environments"] == "dev")
      let executor = shop.fixture.execute()
      try await shop.ended(deployment)
      await expectRefusal(.trackHasActiveDeployments, .failedPrecondition) {
        try await delete(shop, options: MutationOptions(validateOnly: true))
      }
      await executor.drain()
    }
  }

  @Test func `force cancels what waits, and takes the history along`() async throws {
    try await with { (shop, other) async throws in
      try await shop.deployed(try await shop.image("a"))
      shop.world.hold()
      let running = try await shop.deploy(try await shop.image("b"))
      try await shop.until {
        try $0.deployment(componentId: "shop", id: running.id)?.releaseId.isEmpty == false
          ? true : nil
      }
      async let latest = delete(shop, force: true)
      let trackId = shop.track.id
      try await shop.until {
        try $0.deployment(componentId: "shop", id: running.id)?.state == .cancelled ? true : nil
      }
      await expectRefusal(.trackDeleting, .failedPrecondition) {
        try await shop.deploy(try await shop.image("c"))
      }
      shop.world.release()
      #expect(try await latest == other.id)
      #expect(shop.world.commits.count == 1)
      #expect(shop.world.reports.last?.status == .cancelled)
      let left = try await shop.store.read { reader in
        let history = try reader.deployments(
          DeploymentQuery(componentId: "shop", trackId: trackId, limit: 10))
        return history.deployments.count
          + (try reader.bindings(componentId: "shop", trackId: trackId).count)
      }
      #expect(left == 0)
    }
  }

  @Test func `force waits for what is being published`() async throws {
    try await with(executes: false) { (shop, other) async throws in
      shop.world.answer("deploy", .answerIsLost)
      let executor = shop.fixture.execute()
      let running = try await shop.deploy(try await shop.image("a"))
      await executor.heard { if case .retrying = $0 { true } else { false } }
      async let latest = delete(shop, force: true)
      let trackId = shop.track.id
      try await shop.until {
        try $0.deletion(componentId: "shop", trackId: trackId) != nil ? true : nil
      }
      #expect(try await shop.now(running).state == .inProgress)
      shop.fixture.clock.advance(seconds: 1)
      shop.fixture.signals.wake()
      #expect(try await latest == other.id)
      await executor.drain()
    }
  }

  @Test func `goes on with the step that did not work`() async throws {
    try await with(executes: false) { (shop, other) async throws in
      let executor = shop.fixture.execute()
      shop.world.answer("delete", .works, .fails(IntegrationError(.unavailable, "down")))
      async let latest = delete(shop)
      await executor.heard { if case .retrying(_, 1, "down") = $0 { true } else { false } }
      shop.fixture.clock.advance(seconds: 1)
      shop.fixture.signals.wake()
      #expect(try await latest == other.id)
      #expect(shop.world.deletions.count == 3)
      await executor.drain()
    }
  }

  @Test func `a deletion that is given up leaves a track that can be used and deleted`()
    async throws
  {
    try await with(executes: false) { (shop, other) async throws in
      let executor = shop.fixture.execute()
      shop.world.answer("delete", .fails(IntegrationError(.accessDenied, "not you")))
      let options = MutationOptions(requestId: UniqueID.random().description)
      let error = await expectRefusal(.cleanupRefused, .failedPrecondition) {
        try await delete(shop, options: options)
      }
      #expect(error?.message.contains("not you") == true)
      #expect(error?.metadata["detail"] == "not you")
      #expect(error?.retrySeconds == nil)
      #expect(
        executor.events.contains {
          if case .deletionGivenUp(_, _, "not you") = $0 { true } else { false }
        })
      _ = try await shop.fixture.tracks.update(
        UpdateTrack(componentId: "shop", trackId: shop.track.id, description: "still here"),
        by: shop.fixture.ada)
      // The same request runs again, because it had not succeeded.
      #expect(try await delete(shop, options: options) == other.id)
      #expect(try await delete(shop, options: options) == other.id)
      await executor.drain()
    }
  }

  @Test func `why it was given up is known to whoever finds it gone`() async throws {
    try await with(executes: false) { (shop, _) async throws in
      let store = TroubledStore(store: shop.store)
      let (clock, trackId) = (shop.fixture.clock, shop.track.id)
      shop.world.answer("delete", .fails(IntegrationError(.accessDenied, "not you")))
      shop.world.when("delete") { store.holdNextWrite(.after) }
      let first = Task { try await delete(shop) }
      let id = try await shop.until {
        try $0.deletion(componentId: "shop", trackId: trackId)?.id
      }
      let executor = RunningExecutor(
        store: store, world: shop.world, signals: shop.fixture.signals, now: { clock.now })
      await shop.eventually { store.isHolding }
      #expect(try await shop.store.read { try $0.operation(id: id) } == nil)
      let end = try await shop.store.read { try $0.operationEnd(id: id) }
      #expect(end?.failure == OperationEnd.Failure(message: "not you", isTemporary: false))
      store.release()
      await expectRefusal(.cleanupRefused, .failedPrecondition) { try await first.value }
      await executor.drain()
    }
  }

  @Test func `a call joins the deletion that is under way`() async throws {
    try await with(executes: false) { (shop, other) async throws in
      async let first = delete(shop)
      let trackId = shop.track.id
      try await shop.until {
        try $0.deletion(componentId: "shop", trackId: trackId) != nil ? true : nil
      }
      async let second = delete(shop)
      let executor = shop.fixture.execute()
      #expect(try await first == other.id)
      #expect(try await second == other.id)
      await executor.drain()
      #expect(shop.world.deletions.count == 3)
    }
  }

  @Test func `of the last two tracks one stays, though both deletions wait`() async throws {
    try await with(executes: false) { (shop, other) async throws in
      async let first = delete(shop)
      let trackId = shop.track.id
      try await shop.until {
        try $0.deletion(componentId: "shop", trackId: trackId) != nil ? true : nil
      }
      await expectRefusal(.lastTrack, .failedPrecondition) {
        try await shop.fixture.tracks.delete(
          DeleteTrack(componentId: "shop", trackId: other.id), by: shop.fixture.ada)
      }
      let executor = shop.fixture.execute()
      #expect(try await first == other.id)
      await executor.drain()
    }
  }

  @Test func `a new process goes on with it`() async throws {
    try await with(executes: false) { (shop, other) async throws in
      shop.world.answer("delete", .works, .isStuck)
      let died = shop.fixture.execute(signals: OperationSignals())
      async let latest = delete(shop)
      let trackId = shop.track.id
      try await shop.until {
        try $0.deletion(componentId: "shop", trackId: trackId)?.cleanupStep == 2 ? true : nil
      }
      await died.kill()
      let second = shop.fixture.execute()
      #expect(try await latest == other.id)
      #expect(shop.world.deletions.count == 3)
      await second.drain()
    }
  }
}
