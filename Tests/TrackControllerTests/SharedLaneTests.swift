import TestSupport
import Testing
import TrackController
import TrackDomain

/// Servers that share a store: one of them publishes for all in a lane.
@Suite(.timeLimit(.minutes(2))) struct SharedLaneTests {
  private func server(_ shop: Shop, death: StepBoundary? = nil) -> RunningExecutor {
    let clock = shop.fixture.clock
    return RunningExecutor(
      store: SharedStore(shop.store), world: shop.world, now: { clock.now }, death: death)
  }

  private func lane(_ shop: Shop) async throws -> LaneLease? {
    try await shop.store.read { try $0.laneLease(of: "deployment ") }
  }

  @Test func `a lane is that of one server until it goes`() async throws {
    try await Shop.with { (shop) async throws in
      let first = server(shop)
      try await shop.deployed(try await shop.image("a"))
      let lease = try #require(try await lane(shop))
      #expect(lease.epoch == 1)
      let second = server(shop)
      for name in ["b", "c", "d", "e"] {
        second.signals.wake()
        try await shop.deployed(try await shop.image(name))
      }
      #expect(try await lane(shop)?.isHeld(as: lease) == true)
      #expect(!second.boundaries.contains(.leased))
      // It gives its lanes away at once.
      await first.drain()
      try await shop.deployed(try await shop.image("f"))
      #expect(second.boundaries.contains(.pushed))
      #expect(try await lane(shop)?.epoch == 2)
      await second.drain()
    }
  }

  @Test func `the lane of a server that is gone is free when its lease is over`() async throws {
    try await Shop.with { (shop) async throws in
      let deployment = try await shop.deploy(try await shop.image("a"))
      await server(shop, death: .committed).died()
      let lease = try #require(try await lane(shop))
      let second = server(shop)
      shop.fixture.clock.advance(seconds: 29)
      second.signals.wake()
      #expect(try await lane(shop) == lease)
      shop.fixture.clock.advance(seconds: 2)
      second.signals.wake()
      #expect(try await shop.ended(deployment).state == .succeeded)
      #expect(try await lane(shop)?.epoch == 2)
      #expect(shop.world.commits.count == 1)
      await second.drain()
    }
  }

  @Test func `a server that reaches nobody leaves the lane to others`() async throws {
    try await Shop.with { (shop) async throws in
      shop.world.answer("deploy", .fails(IntegrationError(.unavailable, "no route to host")))
      let first = server(shop)
      let deployment = try await shop.deploy(try await shop.image("a"))
      await first.heard { if case .retrying = $0 { true } else { false } }
      try await shop.until { reader in
        let (lease, time) = (try reader.laneLease(of: "deployment "), try reader.storeTime())
        return lease.map { $0.expiresAt <= time } == true ? true : nil
      }
      // Its own pause is not over.
      let second = server(shop)
      shop.fixture.clock.advance(milliseconds: 1000)
      second.signals.wake()
      #expect(try await shop.ended(deployment).state == .succeeded)
      await first.drain()
      await second.drain()
    }
  }

  @Test func `a server that lost its lane publishes nothing more in it`() async throws {
    try await Shop.with { (shop) async throws in
      shop.world.hold()
      let first = server(shop)
      let deployment = try await shop.deploy(try await shop.image("a"))
      await shop.eventually { shop.world.batches.count == 1 }
      // As if the lease of the operation had been renewed, and not that of the lane.
      let lease = try #require(try await lane(shop))
      var taken = lease
      taken.owner = UniqueID(high: 9, low: 9)
      taken.epoch += 1
      try await shop.store.write(.catalog) { [taken] in try $0.putLaneLease(taken, after: lease) }
      shop.world.release()
      await shop.eventually { shop.world.endedDeploys == 1 }
      #expect(shop.world.commits.isEmpty)
      try await shop.store.write(.catalog) { [taken] in
        try $0.endLaneLeases(of: taken.owner, in: nil)
      }
      while try await !shop.now(deployment).state.isFinal {
        shop.fixture.clock.advance(seconds: 2)
        first.signals.wake()
        await Task.yield()
      }
      #expect(try await shop.now(deployment).state == .succeeded)
      #expect(shop.world.commits.count == 1)
      #expect(try await lane(shop)?.epoch == 3)
      await first.drain()
    }
  }

  @Test func `what a track leaves in a lane is removed by the server that has it`() async throws {
    try await Shop.with { (shop) async throws in
      let other = try await shop.fixture.create("shop", "v2.0", branch: "next")
      let first = server(shop)
      try await shop.deployed(try await shop.image("a"))
      try await shop.settled()
      let lease = try #require(try await lane(shop))
      let second = server(shop)
      let deleted = try await shop.fixture.tracks.delete(
        DeleteTrack(componentId: "shop", trackId: shop.track.id, force: true), by: shop.fixture.ada)
      #expect(deleted.latestTrackId == other.id)
      #expect(shop.world.standing.isEmpty)
      #expect(try await lane(shop)?.isHeld(as: lease) == true)
      await first.drain()
      await second.drain()
    }
  }
}
