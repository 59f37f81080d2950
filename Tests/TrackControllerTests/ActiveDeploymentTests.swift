import EventLoop
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackController
@testable import TrackStoreSQLite

/// The active deployment of each environment, and the names of its objects.
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

  private func activate(_ shop: Shop, in environments: Int) async throws {
    let image = try await shop.image("a")
    for number in 0..<environments {
      let id = "e\(1000 + number)"
      try await shop.fixture.put(EnvironmentDraft(id: id, projectId: "paid", name: id))
      try await shop.makeActive(image, in: id)
    }
  }

  /// The number of statements that the store runs for the call.
  private func statements(_ shop: Shop) async throws -> Int {
    let trackId = shop.track.id
    let reading = TrackController(store: shop.store, now: { .earliest })
    return try await shop.store.read { reader in
      let connection = try #require((reader as? Reader)?.source as? Connection)
      _ = connection.takeRuns()
      _ = try reading.deployed(componentId: "shop", trackId: trackId, reader)
      return connection.takeRuns()
    }
  }

  @Test(arguments: [(0, 1), (1, 2), (30, 2)])
  func `is read in as many statements, however many environments there are`(
    _ environments: Int, _ expected: Int
  ) async throws {
    try await Shop.with { (shop) async throws in
      try await activate(shop, in: environments)
      let count = try await statements(shop)
      #expect(count == expected)
    }
  }

  @Test func `is told of the first hundred environments`() async throws {
    try await Shop.with { (shop) async throws in
      try await activate(shop, in: 101)
      let found = try await active(shop)
      #expect(found.map(\.deployment.environmentId) == (1000..<1100).map { "e\($0)" })
    }
  }

  @Test func `is read at once on a loop that the store reads on, and nowhere else`() async throws {
    let loop = try EventLoop(name: "loop")
    try await Shop.with { (shop) async throws in
      try await shop.makeActive(try await shop.image("a"))
      let (tracks, id) = (shop.fixture.tracks, shop.track.id)
      let (found, page) = try await Task(executorPreference: loop) {
        (
          try tracks.trackAtOnce(componentId: "shop", trackId: id),
          try tracks.tracksAtOnce(ListTracks(componentId: "shop"))
        )
      }.value
      let expected = try await tracks.track(componentId: "shop", trackId: id)
      #expect(found == expected && found?.active.count == 1)
      #expect(page?.tracks == [expected.track])
      #expect(try tracks.trackAtOnce(componentId: "shop", trackId: id) == nil)
      #expect(try tracks.tracksAtOnce(ListTracks(componentId: "shop")) == nil)
    }
    await loop.shutdown()
  }
}
