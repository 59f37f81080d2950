import TestSupport
import Testing
import TrackController
import TrackDomain

/// What a track has in each environment, and what it is called there.
@Suite(.timeLimit(.minutes(2))) struct ActiveDeploymentTests {
  private func active(_ shop: Shop) async throws -> [DeployedTrack.Active] {
    try await shop.fixture.tracks.track(componentId: "shop", trackId: shop.track.id).active
  }

  private func configure(_ shop: Shop, port: Int32) async throws {
    _ = try await shop.fixture.tracks.updateConfigs(
      UpdateTrackConfigs(
        componentId: "shop", trackId: shop.track.id,
        endpoints: [EndpointDraft(name: "api", type: .rest, port: port)]), by: shop.fixture.ada)
  }

  @Test func `is the last one that succeeded, as it was configured`() async throws {
    try await Shop.with { (shop) async throws in
      #expect(try await active(shop).isEmpty)
      let image = try await shop.image("a")
      try await configure(shop, port: 8080)
      let executor = shop.fixture.execute()
      let first = try await shop.deployed(image, to: "dev")
      try await configure(shop, port: 9090)
      let other = try await shop.deployed(image, to: "aside")
      shop.world.answer("deploy", .fails(IntegrationError(.refused, "no")))
      try await shop.deployed(image, to: "dev")
      await executor.drain()
      let found = try await active(shop)
      #expect(found.map(\.deployment.id) == [other.id, first.id])
      #expect(found.map { $0.objects?.addresses.map(\.port) } == [[9090], [8080]])
      #expect(found.map(\.deployment.configRevision) == [2, 1])
    }
  }

  @Test func `has no names where somebody else put it`() async throws {
    try await Shop.with { (shop) async throws in
      try await shop.makeActive(try await shop.image("a"))
      let found = try await active(shop)
      #expect(found.count == 1 && found[0].objects == nil)
    }
  }
}
