import TestSupport
import Testing
import TrackController
import TrackDomain

/// An executor whose own store fails.
@Suite(.timeLimit(.minutes(2))) struct ExecutorStoreTests {
  @Test func `work that the store cannot tell about is given back, and done later`() async throws {
    try await Shop.with { (shop) async throws in
      let store = TroubledStore(store: shop.fixture.store)
      // The first write ends leases, the second takes one.
      store.trouble.readsFailAfter = 2
      let clock = shop.fixture.clock
      let executor = RunningExecutor(
        store: store, world: shop.fixture.world, signals: shop.fixture.signals, now: { clock.now })
      let deployment = try await shop.deploy(try await shop.image("a"))
      await executor.heard { if case .storeFailed = $0 { true } else { false } }
      // The executor releases the lease after it has reported the failure.
      while try await shop.operation(deployment)?.lease != nil { await Task.yield() }
      store.trouble.readsFailAfter = nil
      #expect(try await shop.operation(deployment)?.attempts == 0)
      clock.advance(seconds: 1)
      shop.fixture.signals.wake()
      #expect(try await shop.ended(deployment).state == .succeeded)
      #expect(shop.world.commits.count == 1)
      await executor.drain()
    }
  }

  @Test func `the steps of a batch have read all before they change anything`() async throws {
    try await Shop.with { (shop) async throws in
      let store = ReadAheadStore(shop.store)
      let clock = shop.fixture.clock
      let executor = RunningExecutor(
        store: store, world: shop.world, signals: shop.fixture.signals, now: { clock.now })
      // The first deployment into an environment may change more.
      for build in ["a", "b"] {
        _ = store.takeCalls()
        let image = try await shop.image(build)
        var deployments: [Deployment] = []
        for environment in ["dev", "stage", "prod", "aside"] {
          deployments.append(
            try await shop.deploy(image, to: environment) { $0.bypassReason = "now" })
        }
        for deployment in deployments {
          #expect(try await shop.ended(deployment).state == .succeeded)
        }
        // Their reports as well.
        for deployment in deployments {
          while try await shop.operation(deployment) != nil { await Task.yield() }
        }
      }
      #expect(store.takeCalls() == [])
      await executor.drain()
    }
  }

  @Test(arguments: ["a deployment", "a deletion"])
  func `a store that takes nothing is not asked all the time`(work: String) async throws {
    try await Shop.with { (shop) async throws in
      let store = TroubledStore(store: shop.store)
      // The first write, which ends leases, works.
      store.trouble.writesFailAfter = 1
      if work == "a deployment" {
        _ = try await shop.deploy(try await shop.image("a"))
      } else {
        let (track, now) = (shop.track, shop.fixture.clock.now)
        try await shop.store.write { transaction in
          try transaction.insertOperation(
            Operation(
              id: UniqueID.random().description, kind: .trackDeletion, componentId: "shop",
              trackId: track.id, dueAt: now, createdAt: now,
              actor: Principal(name: "", isVerified: false)))
        }
      }
      let clock = shop.fixture.clock
      let executor = RunningExecutor(
        store: store, world: shop.world, signals: shop.fixture.signals, now: { clock.now })
      await executor.heard { if case .storeUnavailable = $0 { true } else { false } }
      // The clock stands still, however often the executor looks.
      let reads = store.trouble.reads
      await shop.eventually {
        shop.fixture.signals.wake()
        return store.trouble.reads >= reads + 20
      }
      #expect(store.trouble.refusedWrites == 1)
      clock.advance(seconds: 1)
      shop.fixture.signals.wake()
      await shop.eventually { store.trouble.refusedWrites == 2 }
      await executor.drain()
    }
  }

  @Test func `a lease that another process has meanwhile is not given back`() async throws {
    try await Shop.with { (shop) async throws in
      let store = TroubledStore(store: shop.store)
      store.trouble.readsFailAfter = 2
      store.trouble.writesFailAfter = 2
      let clock = shop.fixture.clock
      let deployment = try await shop.deploy(try await shop.image("a"))
      let first = RunningExecutor(store: store, world: shop.world, now: { clock.now })
      await shop.eventually { store.trouble.refusedWrites >= 1 }
      shop.world.hold()
      let second = shop.fixture.execute()
      await shop.eventually { shop.world.batches.count == 1 }
      let holder = try await shop.operation(deployment)?.lease?.owner
      store.trouble.readsFailAfter = nil
      store.trouble.writesFailAfter = nil
      await shop.eventually {
        first.signals.wake()
        return store.trouble.writes > 2
      }
      #expect(try await shop.operation(deployment)?.lease?.owner == holder)
      shop.world.release()
      #expect(try await shop.ended(deployment).state == .succeeded)
      #expect(shop.world.batches == [1])
      await first.drain()
      await second.drain()
    }
  }
}
