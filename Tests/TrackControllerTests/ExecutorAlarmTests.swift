import TestSupport
import Testing
import TrackController
import TrackDomain

/// Without wake-ups, an executor looks again at the time that it has set.
@Suite(.timeLimit(.minutes(2))) struct ExecutorAlarmTests {
  private let down = IntegrationError(.unavailable, "down")
  private let alone = IntegrationError(.unavailable, "is left alone", retryAfter: .seconds(1))

  /// An executor whose clock runs, on the shop's store or another one.
  private func execute(
    _ shop: Shop, _ store: (any TrackStore)? = nil, options: ExecutorOptions = ExecutorOptions()
  ) -> RunningExecutor {
    let (start, now) = (ContinuousClock.now, shop.fixture.clock.now)
    return RunningExecutor(
      store: store ?? shop.store, world: shop.world, signals: shop.fixture.signals,
      options: options, now: { now.after(start.duration(to: .now)) })
  }

  @Test func `what did not work is tried again, and once more`() async throws {
    try await Shop.with { (shop) async throws in
      shop.world.answer("deploy", .fails(alone), .fails(alone))
      let deployment = try await shop.deploy(try await shop.image("a"))
      let executor = execute(shop)
      #expect(try await shop.ended(deployment).state == .succeeded)
      await executor.drain()
    }
  }

  @Test func `release management is told again`() async throws {
    try await Shop.with { (shop) async throws in
      shop.world.answer("updateStatuses", .fails(down))
      _ = try await shop.deploy(try await shop.image("a"))
      let executor = execute(shop)
      try await shop.settled()
      #expect(shop.world.reports.count == 1)
      await executor.drain()
    }
  }

  @Test func `a deletion goes on`() async throws {
    try await Shop.with { (shop) async throws in
      _ = try await shop.fixture.create("shop", "v2.0", branch: "next")
      shop.world.answer("delete", .fails(down))
      let executor = execute(shop)
      _ = try await shop.fixture.tracks.delete(
        DeleteTrack(componentId: "shop", trackId: shop.track.id), by: shop.fixture.ada)
      await executor.drain()
    }
  }

  @Test func `what comes while its lane is left alone is done afterwards`() async throws {
    try await Shop.with { (shop) async throws in
      shop.world.answer("deploy", .fails(down))
      let failed = try await shop.deploy(try await shop.image("a"))
      let image = try await shop.image("b")
      let executor = execute(shop, options: ExecutorOptions(stepAttempts: 1))
      #expect(try await shop.ended(failed).state == .failed)
      let deployment = try await shop.fixture.tracks.deploy(
        shop.request(image, to: "aside"), by: shop.fixture.ada
      ).deployment
      #expect(try await shop.ended(deployment).state == .succeeded)
      await executor.drain()
    }
  }

  @Test func `what could not be read is looked at again`() async throws {
    try await Shop.with { (shop) async throws in
      let store = TroubledStore(store: shop.store)
      store.trouble.readsFailAfter = 0
      let deployment = try await shop.deploy(try await shop.image("a"))
      let executor = execute(shop, store)
      // The second look may be the one that the executor's own first write causes.
      await shop.eventually { executor.events.count >= 2 }
      store.trouble.readsFailAfter = nil
      #expect(try await shop.ended(deployment).state == .succeeded)
      await executor.drain()
    }
  }

  @Test func `a lease that could not be given back is, however often that fails`() async throws {
    try await Shop.with { (shop) async throws in
      let store = TroubledStore(store: shop.store)
      // The first write ends leases, the second takes one.
      store.trouble.readsFailAfter = 2
      store.trouble.writesFailAfter = 2
      let deployment = try await shop.deploy(try await shop.image("a"))
      let executor = execute(shop, store)
      await shop.eventually { store.trouble.refusedWrites >= 1 }
      store.trouble.readsFailAfter = nil
      await shop.eventually { store.trouble.refusedWrites >= 6 }
      #expect(try await shop.operation(deployment)?.lease != nil)
      store.trouble.writesFailAfter = nil
      #expect(try await shop.ended(deployment).state == .succeeded)
      await executor.drain()
    }
  }
}
