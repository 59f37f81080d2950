import Foundation
import TestSupport
import Testing
import TrackController
import TrackDomain
import TrackStoreSQLite

@Suite(.timeLimit(.minutes(2))) struct EmbeddedReleaseManagementTests {
  private static let time = Timestamp(microseconds: 1_800_000_000_000_000)

  private func order(_ deploymentId: String, imageId: String) -> ReleaseOrder {
    ReleaseOrder(
      deploymentId: deploymentId, organizationId: "acme", projectId: "shop", componentId: "cart",
      trackId: "one", environmentId: "dev",
      image: TrackImage(
        id: imageId, componentId: "cart", trackId: "one", savedTrackId: "one", images: [],
        runId: "run", createdAt: Self.time, updatedAt: Self.time))
  }

  private func with(
    _ body: (EmbeddedReleaseManagement, any TrackStore) async throws -> Void
  ) async throws {
    try await withStore { store in
      try await store.write { transaction in
        try transaction.putCatalogResource(.organization(Organization(id: "acme", tier: .paid)))
        try transaction.putCatalogResource(
          .project(Project(id: "shop", organizationId: "acme")))
        try transaction.putCatalogResource(
          .component(Component(id: "cart", projectId: "shop", type: .service)))
        try transaction.insertTrack(
          Track(
            id: "one", componentId: "cart", version: APIVersion(major: 1, minor: 0), branch: "",
            description: "", autoDeployEnabled: false, isLatest: true, endpoints: [],
            configRevision: 0, revision: 1, createdAt: Self.time, updatedAt: Self.time,
            createdBy: ""))
      }
      try await body(EmbeddedReleaseManagement(store: store, now: { Self.time }), store)
    }
  }

  private func id(_ number: Int) -> String {
    "00000000-0000-4000-8000-00000000000\(number)"
  }

  @Test func `gives the same ids to the same deployment`() async throws {
    try await with { (releases, store) async throws in
      let orders = [order(id(1), imageId: id(8)), order(id(2), imageId: id(8))]
      let first = try await releases.createReleases(orders).map { try $0.get() }
      #expect(first.map(\.releaseDeploymentId) == [id(1), id(2)])
      #expect(Set(first.map(\.releaseId)) == [id(8)])
      let again = try await releases.createReleases(orders.reversed()).map { try $0.get() }
      #expect(again == first.reversed())
      let record = try await store.read { try $0.release(releaseDeploymentId: id(1)) }
      #expect(record?.status == .pending && record?.environmentId == "dev")
    }
  }

  @Test(arguments: [ReleaseStatus.succeeded, .failed, .cancelled])
  func `keeps what became of a deployment`(status: ReleaseStatus) async throws {
    try await with { (releases, store) async throws in
      let ids = try await releases.createReleases([order(id(1), imageId: id(8))])[0].get()
      let update = ReleaseUpdate(deploymentId: id(1), componentId: "cart", ids: ids, status: status)
      for _ in 0..<2 { try await releases.updateStatuses([update])[0].get() }
      let other: ReleaseStatus = status == .failed ? .succeeded : .failed
      try await releases.updateStatuses([
        ReleaseUpdate(deploymentId: id(1), componentId: "cart", ids: ids, status: other)
      ])[0].get()
      #expect(
        try await store.read { try $0.release(releaseDeploymentId: id(1)) }?.status == status)
    }
  }

  @Test func `has nobody to tell of releases that it did not make`() async throws {
    try await with { (releases, store) async throws in
      let ids = ReleaseIds(releaseId: "r", releaseDeploymentId: "d")
      try await releases.updateStatuses([
        ReleaseUpdate(deploymentId: id(1), componentId: "cart", ids: ids, status: .succeeded)
      ])[0].get()
      #expect(try await store.read { try $0.release(releaseDeploymentId: "d") } == nil)
    }
  }

  @Test func `is unavailable when the store is`() async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "trackd-\(UUID())")
    defer { try? FileManager.default.removeItem(at: directory) }
    let store = try SQLiteTrackStore.open(directory: directory.path)
    await store.close()
    let releases = EmbeddedReleaseManagement(store: store, now: { Self.time })
    let results = await releases.createReleases([
      order(id(1), imageId: id(8)), order(id(2), imageId: id(8)),
    ])
    #expect(results.count == 2)
    for result in results {
      #expect(throws: IntegrationError.self) { try result.get() }
    }
    #expect(await releases.createReleases([]).isEmpty)
  }
}
