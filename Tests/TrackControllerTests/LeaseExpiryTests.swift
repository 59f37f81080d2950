import TestSupport
import Testing
import TrackController
import TrackDomain

/// Executors on servers that share a store, by the store's clock.
@Suite(.timeLimit(.minutes(2))) struct LeaseExpiryTests {
  private func server(
    _ shop: Shop, options: ExecutorOptions = ExecutorOptions(), death: StepBoundary? = nil
  ) -> RunningExecutor {
    let clock = shop.fixture.clock
    return RunningExecutor(
      store: SharedStore(shop.store), world: shop.world, options: options, now: { clock.now },
      death: death)
  }

  @Test func `leases are renewed for as long as the work takes`() async throws {
    try await Shop.with { (shop) async throws in
      var options = ExecutorOptions()
      options.leaseLength = .milliseconds(30)
      shop.world.hold()
      let deployment = try await shop.deploy(try await shop.image("a"))
      let first = server(shop, options: options)
      await shop.eventually { shop.world.batches.count == 1 }
      let second = server(shop, options: options)
      let lease = try #require(try await shop.operation(deployment)?.lease)
      for _ in 0..<5 {
        // Less than the length of a lease.
        shop.fixture.clock.advance(milliseconds: 20)
        second.signals.wake()
        let time = try await shop.store.read { try $0.storeTime() }
        while try await shop.operation(deployment)?.lease?.expiresAt ?? .earliest
          < time.after(.milliseconds(30)), !Task.isCancelled
        { await Task.yield() }
      }
      let operation = try #require(try await shop.operation(deployment))
      #expect(operation.epoch == 1)
      #expect(operation.lease?.owner == lease.owner)
      shop.world.release()
      #expect(try await shop.ended(deployment).state == .succeeded)
      try await shop.settled()
      await first.drain()
      await second.drain()
      #expect(shop.world.batches == [1])
      #expect(first.events.isEmpty && second.events.isEmpty)
    }
  }

  @Test func `the operations of a server that is gone are taken over when their leases expire`()
    async throws
  {
    try await Shop.with { (shop) async throws in
      let deployment = try await shop.deploy(try await shop.image("a"))
      await server(shop, death: .leased).died()
      let before = try #require(try await shop.operation(deployment))
      let store = TroubledStore(store: SharedStore(shop.store))
      let clock = shop.fixture.clock
      let second = RunningExecutor(store: store, world: shop.world, now: { clock.now })
      clock.advance(seconds: 29)
      second.signals.wake()
      await store.quiet()
      #expect(try await shop.operation(deployment) == before)
      clock.advance(seconds: 1)
      second.signals.wake()
      #expect(try await shop.ended(deployment).state == .succeeded)
      try await shop.settled()
      await second.drain()
      #expect(shop.world.commits.count == 1)
    }
  }

  @Test func `a process that has the store for itself takes over at once`() async throws {
    try await Shop.with { (shop) async throws in
      let deployment = try await shop.deploy(try await shop.image("a"))
      await shop.fixture.execute(signals: OperationSignals(), death: .leased).died()
      #expect(try await shop.operation(deployment)?.epoch == 1)
      shop.world.hold()
      let second = shop.fixture.execute()
      await shop.eventually { shop.world.batches.count == 1 }
      // The end of the first lease raises the epoch, too.
      #expect(try await shop.operation(deployment)?.epoch == 3)
      shop.world.release()
      #expect(try await shop.ended(deployment).state == .succeeded)
      await second.drain()
    }
  }

  // MARK: Word of commits

  @Test(arguments: SharedStore.Word.allCases)
  func `a server does what others accept, and they hear of its end`(
    word: SharedStore.Word
  ) async throws {
    try await Shop.with { (shop) async throws in
      let clock = shop.fixture.clock
      let other = try await shop.fixture.create("shop", "v2.0", branch: "next")
      let executor = RunningExecutor(
        store: SharedStore(shop.store, word), world: shop.world, now: { clock.now })
      let tracks = TrackController(
        store: SharedStore(shop.store, word), integrations: shop.world.integrations(),
        now: { clock.now })
      let request = shop.request(try await shop.image("a"))
      let deployment = try await tracks.deploy(request, by: shop.fixture.ada).deployment
      try await shop.ended(deployment)
      try await shop.settled()
      let deleted = try await tracks.delete(
        DeleteTrack(componentId: "shop", trackId: shop.track.id, force: true),
        by: shop.fixture.ada)
      #expect(deleted.latestTrackId == other.id)
      await executor.drain()
    }
  }

  @Test(arguments: SharedStore.Word.allCases)
  func `what another server finds out about a deletion is told by this one`(
    word: SharedStore.Word
  ) async throws {
    try await Shop.with { (shop) async throws in
      let clock = shop.fixture.clock
      try await shop.fixture.create("shop", "v2.0", branch: "next")
      let executor = RunningExecutor(
        store: SharedStore(shop.store, word), world: shop.world, now: { clock.now })
      try await shop.deployed(try await shop.image("a"))
      try await shop.settled()
      let tracks = TrackController(
        store: SharedStore(shop.store, word), integrations: shop.world.integrations(),
        now: { clock.now })
      let request = DeleteTrack(componentId: "shop", trackId: shop.track.id, force: true)
      shop.world.answer("delete", .fails(IntegrationError(.refused, "keys are in use")))
      let error = await expectRefusal(.cleanupRefused, .failedPrecondition) {
        try await tracks.delete(request, by: shop.fixture.ada)
      }
      #expect(error?.metadata["detail"] == "keys are in use")
      shop.world.answer("withdraw", .fails(IntegrationError(.accessDenied, "not you")))
      let deleted = try await tracks.delete(request, by: shop.fixture.ada)
      #expect(deleted.abandonedPlaces.count == 1)
      await executor.drain()
    }
  }
}
