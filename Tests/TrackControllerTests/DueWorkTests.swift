import TestSupport
import Testing
import TrackDomain

@testable import TrackController

/// The due work that an executor finds, and the time of its next look.
@Suite(.timeLimit(.minutes(2))) struct DueWorkTests {
  private func find(_ shop: Shop, in store: (any TrackStore)? = nil) async throws -> DueWork {
    let clock = shop.fixture.clock
    let executor = OperationExecutor(
      store: store ?? shop.store, integrations: shop.world.integrations(),
      signals: shop.fixture.signals,
      now: { clock.now })
    return try await DueWork.find(executor.context)
  }

  private func queues(_ environmentIds: [String]) -> [OperationQueue] {
    environmentIds.map { .deployments(environmentId: $0) }
  }

  /// Deploys into an environment, and changes when the operation is due.
  private func deploy(_ shop: Shop, to environmentId: String, due: Timestamp) async throws {
    let deployment = try await shop.deploy(
      try await shop.image(environmentId), to: environmentId)
    try await shop.store.write { transaction in
      guard var operation = try transaction.operation(id: deployment.id) else { return }
      operation.dueAt = due
      try transaction.updateOperation(operation)
    }
  }

  @Test func `of a lane the environment comes first that waits for the longest`() async throws {
    try await Shop.with { (shop) async throws in
      let order = ["stage", "aside", "prod", "dev"]
      for id in order {
        _ = try await shop.deploy(try await shop.image(id), to: id) { $0.bypassReason = "now" }
      }
      let work = try await find(shop)
      #expect(work.lanes.map(\.queues) == [queues(order)])
      #expect(work.nextDue == nil)
    }
  }

  /// Makes so many environments, for each of which a deployment waits.
  private func fill(_ shop: Shop, environments count: Int) async throws -> [String] {
    let ids = (0..<count).map { "e\(1000 + $0)" }
    let (track, image, now) = (shop.track, try await shop.image("a"), shop.fixture.clock.now)
    let actor = shop.fixture.ada
    try await shop.store.write { transaction in
      for id in ids {
        try transaction.putCatalogResource(
          .environment(Environment(id: id, projectId: "paid", name: id)))
        try transaction.insertDeployment(
          Deployment(
            id: "in-\(id)", componentId: "shop", trackId: track.id, environmentId: id,
            imageId: image.id, kind: .deploy, actor: actor, createdAt: now))
        try transaction.insertOperation(
          Operation(
            id: "in-\(id)", kind: .deployment, componentId: "shop", trackId: track.id,
            environmentId: id, dueAt: now, createdAt: now, actor: actor))
      }
    }
    return ids
  }

  @Test(arguments: [1, 199, 200, 201, 450])
  func `all environments are looked at, however many wait`(count: Int) async throws {
    try await Shop.with { (shop) async throws in
      let ids = try await fill(shop, environments: count)
      let work = try await find(shop)
      #expect(work.examined == count)
      #expect(Set(work.lanes.flatMap(\.queues)) == Set(queues(ids)))
    }
  }

  @Test func `a look costs as many reads, however many environments wait`() async throws {
    var reads: [[String]] = []
    for count in [1, 10, 150] {
      try await Shop.with { (shop) async throws in
        _ = try await fill(shop, environments: count)
        let store = CountingStore(shop.store)
        _ = try await find(shop, in: store)
        reads.append(store.takeCalls())
      }
    }
    #expect(reads.allSatisfy { $0 == reads[0] }, "\(reads)")
  }

  @Test func `the next look is when the first of all queues is due`() async throws {
    try await Shop.with { (shop) async throws in
      #expect(try await find(shop).nextDue == nil)
      let now = shop.fixture.clock.now.after(.seconds(60))
      // Each operation is due before the earlier ones.
      try await deploy(shop, to: "dev", due: now.after(.seconds(9)))
      #expect(try await find(shop).nextDue == now.after(.seconds(9)))
      try await deploy(shop, to: "aside", due: now.after(.seconds(7)))
      #expect(try await find(shop).nextDue == now.after(.seconds(7)))
      let cancelled = try await shop.deploy(try await shop.image("b"), to: "other") {
        $0.releaseIds = ReleaseIds(releaseId: "r", releaseDeploymentId: "d")
      }
      _ = try await shop.cancel(cancelled)
      let track = shop.track
      try await shop.store.write { transaction in
        guard var report = try transaction.operation(id: cancelled.id) else { return }
        report.dueAt = now.after(.seconds(5))
        try transaction.updateOperation(report)
      }
      #expect(try await find(shop).nextDue == now.after(.seconds(5)))
      try await shop.store.write { transaction in
        try transaction.insertOperation(
          Operation(
            id: UniqueID.random().description, kind: .trackDeletion, componentId: "shop",
            trackId: track.id, dueAt: now.after(.seconds(3)), createdAt: now,
            actor: Principal(name: "", isVerified: false)))
      }
      let work = try await find(shop)
      #expect(work.nextDue == now.after(.seconds(3)))
      #expect(work.lanes.isEmpty)
    }
  }

  @Test func `what was put off before the clock was set back is due, whatever else waits`()
    async throws
  {
    try await Shop.with { (shop) async throws in
      let now = shop.fixture.clock.now.after(.seconds(60))
      try await deploy(shop, to: "dev", due: now.after(.seconds(5)))
      #expect(try await find(shop).lanes.isEmpty)
      let other = try await shop.fixture.create("shop", "v2.0", branch: "next")
      let deployment = try await shop.deploy(try await shop.image("b", track: other)) {
        $0.trackId = other.id
      }
      try await shop.store.write { transaction in
        guard var operation = try transaction.operation(id: deployment.id) else { return }
        operation.dueAt = now.after(.seconds(3600))
        try transaction.updateOperation(operation)
      }
      #expect(try await find(shop).lanes.map(\.queues) == [queues(["dev"])])
    }
  }
}
