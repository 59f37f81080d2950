import TestSupport
import Testing
import TrackController
import TrackDomain

/// A store that was put back to an earlier state, while the places kept what came later.
@Suite(.timeLimit(.minutes(2))) struct RestoreTests {
  private func execute(
    _ shop: Shop, on store: (any TrackStore)? = nil, death: StepBoundary? = nil
  ) -> RunningExecutor {
    let clock = shop.fixture.clock
    var options = ExecutorOptions()
    options.comparisonPause = .milliseconds(10)
    return RunningExecutor(
      store: store ?? shop.store, world: shop.world, options: options,
      now: { clock.now }, death: death)
  }

  /// Deploys `a` into `dev`; what the server was doing then is over.
  private func begin(_ shop: Shop) async throws -> Deployment {
    let first = execute(shop)
    let deployment = try await shop.ended(try await shop.deploy(try await shop.image("a")))
    await first.drain()
    return deployment
  }

  private func restore(_ shop: Shop) async throws {
    let time = shop.fixture.clock.now
    try await shop.store.write(.everything) {
      try $0.beginRestore(StoreRestore(id: .random(), notedAt: time, notedBy: "the test"))
    }
  }

  private func report(_ shop: Shop) async throws -> RestoreReport {
    try #require(try await shop.store.read { try $0.restoreReport(limit: 9) })
  }

  private func settled(_ shop: Shop) async throws {
    try await shop.until { try $0.restore()?.stands == false ? true : nil }
  }

  private func compared(_ shop: Shop) async throws {
    try await shop.until { try ($0.restore()?.compared ?? 0) > 0 ? true : nil }
  }

  private func until(
    _ shop: Shop, _ condition: @escaping @Sendable (RestoreReport) -> Bool
  ) async throws {
    try await shop.until { reader in
      try reader.restoreReport(limit: 9).flatMap { condition($0) ? true : nil }
    }
  }

  /// When a deployment has its reason to wait.
  private func held(_ shop: Shop, _ id: String) async throws {
    try await shop.until { reader in
      let operation = try reader.operation(id: id)
      return operation?.isRestored == true && operation?.lastError.isEmpty == false ? true : nil
    }
  }

  @Test func `where places are as believed, everything goes on, and the restore is over`()
    async throws
  {
    try await Shop.with { (shop) async throws in
      _ = try await begin(shop)
      let queued = try await shop.deploy(try await shop.image("b"))
      try await restore(shop)
      let executor = execute(shop)
      #expect(try await shop.ended(queued).state == .succeeded)
      try await settled(shop)
      #expect(shop.world.standing == ["dev dev": queued.id])
      await executor.heard { if case .restoreEnded = $0 { true } else { false } }
      await executor.drain()
    }
  }

  @Test func `where something else stands, what was under way is held until somebody deploys`()
    async throws
  {
    try await Shop.with { (shop) async throws in
      let believed = try await begin(shop)
      let queued = try await shop.deploy(try await shop.image("b"))
      try await restore(shop)
      shop.world.put("later", at: "dev dev")
      let executor = execute(shop)
      try await compared(shop)
      try await held(shop, queued.id)
      let report = try await report(shop)
      #expect(report.driftCount == 1 && report.heldCount == 1 && report.faultCount == 0)
      let drift = try #require(report.drifts.first)
      #expect(drift.kind == .other && drift.believed == believed.id && drift.found == "later")
      #expect(drift.environmentId == "dev" && drift.trackId == shop.track.id)
      #expect(try await shop.now(queued).attempts?.lastError.hasPrefix("held") == true)
      // Another comparison does not change that.
      try await shop.until { try ($0.restore()?.compared ?? 0) > 2 ? true : nil }
      #expect(shop.world.standing == ["dev dev": "later"])
      #expect(shop.world.commits.count == 1)

      let new = try await shop.deploy(try await shop.image("c"))
      #expect(try await shop.ended(new).state == .succeeded)
      #expect(try await shop.now(queued).state == .superseded)
      #expect(shop.world.standing == ["dev dev": new.id])
      try await settled(shop)
      await executor.drain()
      #expect(
        executor.events.contains { if case .placeDiffers(drift) = $0 { true } else { false } })
    }
  }

  /// Both of them were published after the backup.
  @Test func `the one in progress is not published over the one that waited behind it`()
    async throws
  {
    try await Shop.with { (shop) async throws in
      _ = try await begin(shop)
      let begun = try await shop.deploy(try await shop.image("b"))
      await execute(shop, death: .leased).died()
      let behind = try await shop.deploy(try await shop.image("c"))
      try await restore(shop)
      shop.world.put(behind.id, at: "dev dev")
      let executor = execute(shop)
      try await held(shop, begun.id)
      try await compared(shop)
      let report = try await report(shop)
      #expect(report.driftCount == 1 && report.heldCount == 2)
      #expect(shop.world.standing == ["dev dev": behind.id])
      let new = try await shop.deploy(try await shop.image("d"))
      #expect(try await shop.ended(new).state == .succeeded)
      #expect(shop.world.standing == ["dev dev": new.id])
      try await settled(shop)
      await executor.drain()
    }
  }

  @Test(arguments: [StepBoundary.committed, .pushed])
  func `a deployment that was being published is adopted where it stands, and held else`(
    boundary: StepBoundary
  ) async throws {
    try await Shop.with { (shop) async throws in
      _ = try await begin(shop)
      let begun = try await shop.deploy(try await shop.image("b"))
      await execute(shop, death: boundary).died()
      try await restore(shop)
      if boundary == .committed { shop.world.put("later", at: "dev dev") }
      let executor = execute(shop)
      guard boundary == .committed else {
        #expect(try await shop.ended(begun).state == .succeeded)
        #expect(shop.world.commits.count == 2)
        try await settled(shop)
        return await executor.drain()
      }
      try await held(shop, begun.id)
      try await compared(shop)
      let new = try await shop.deploy(try await shop.image("c"))
      #expect(try await shop.ended(new).state == .succeeded)
      let over = try await shop.now(begun)
      #expect(over.state == .superseded && over.error.contains("restored"))
      #expect(shop.world.standing == ["dev dev": new.id])
      try await settled(shop)
      await executor.drain()
    }
  }

  @Test func `a place that lost its manifest differs, until that is back`() async throws {
    try await Shop.with { (shop) async throws in
      let believed = try await begin(shop)
      try await restore(shop)
      shop.world.put(nil, at: "dev dev")
      let executor = execute(shop)
      try await until(shop) { $0.drifts.map(\.kind) == [.missing] }
      shop.world.put(believed.id, at: "dev dev")
      try await settled(shop)
      await executor.drain()
    }
  }

  @Test func `a deployment that the store does not know is told`() async throws {
    try await Shop.with { (shop) async throws in
      _ = try await begin(shop)
      try await restore(shop)
      var place = DeploymentPlace(repositoryURL: "", branch: "", path: "stage")
      let stranger = ManifestPlace(
        componentId: "shop", trackId: "later", environmentId: "stage", place: place)
      shop.world.put("d9", at: stranger)
      // Somebody's copy of a folder is no deployment.
      place.path = "copy"
      shop.world.put(
        "d8",
        at: ManifestPlace(
          componentId: "shop", trackId: "later", environmentId: "stage", place: place))
      let executor = execute(shop)
      try await compared(shop)
      let drifts = try await report(shop).drifts
      #expect(drifts.map(\.kind) == [.unknown] && drifts.map(\.found) == ["d9"])
      shop.world.put(nil, at: stranger)
      try await settled(shop)
      await executor.drain()
    }
  }

  @Test func `a repository that cannot be reached holds up its own lane alone`() async throws {
    try await Shop.with { (shop) async throws in
      let far = try await shop.deploy(try await shop.image("a"), to: "other") {
        $0.bypassReason = "to see it"
      }
      let near = try await shop.deploy(try await shop.image("b"))
      try await restore(shop)
      shop.world.bury("https://git.example/other")
      let executor = execute(shop)
      #expect(try await shop.ended(near).state == .succeeded)
      try await held(shop, far.id)
      let report = try await report(shop)
      #expect(report.isPending && report.faultCount == 1)
      #expect(report.faults.first?.fault.contains("no route") == true)
      shop.world.raise("https://git.example/other")
      try await shop.until { try $0.operation(id: far.id)?.isRestored != true ? true : nil }
      #expect(try await shop.endedInTime(far).state == .succeeded)
      try await settled(shop)
      await executor.drain()
    }
  }

  @Test func `nothing is deployed by itself where something differs`() async throws {
    try await Shop.with { (shop) async throws in
      _ = try await begin(shop)
      try await restore(shop)
      shop.world.put("later", at: "dev dev")
      let executor = execute(shop)
      try await compared(shop)
      let image = try await shop.image("b")
      let time = shop.fixture.clock.now
      let deployment = Deployment(
        id: UniqueID.random().description, componentId: "shop", trackId: shop.track.id,
        environmentId: "dev", imageId: image.id, kind: .auto, actor: shop.fixture.ada,
        createdAt: time)
      try await shop.store.write { transaction in
        try transaction.insertDeployment(deployment)
        try transaction.insertOperation(
          Operation(
            id: deployment.id, kind: .deployment, componentId: "shop", trackId: shop.track.id,
            environmentId: "dev", dueAt: time, createdAt: time, actor: shop.fixture.ada))
      }
      try await held(shop, deployment.id)
      #expect(shop.world.standing == ["dev dev": "later"])
      // An operator lets everything go on.
      try await shop.store.write(.everything) { try $0.endRestore(at: time, by: "the test") }
      #expect(try await shop.ended(deployment).state == .succeeded)
      #expect(shop.world.standing == ["dev dev": deployment.id])
      await executor.drain()
    }
  }

  @Test func `a deletion is held where something differs, until it is asked for again`()
    async throws
  {
    try await Shop.with { (shop) async throws in
      _ = try await begin(shop)
      let other = try await shop.fixture.create("shop", "v2.0", branch: "next")
      let begun = try await shop.deploy(try await shop.image("b"))
      await execute(shop, death: .committed).died()
      let time = shop.fixture.clock.now
      let deletion = Operation(
        id: UniqueID.random().description, kind: .trackDeletion, componentId: "shop",
        trackId: shop.track.id, dueAt: time, createdAt: time, actor: shop.fixture.ada)
      try await shop.store.write { try $0.insertOperation(deletion) }
      try await restore(shop)
      shop.world.put("later", at: "dev dev")
      let executor = execute(shop)
      try await compared(shop)
      try await held(shop, deletion.id)
      #expect(shop.world.standing == ["dev dev": "later"] && shop.world.deletions.isEmpty)
      let deleted = try await shop.fixture.tracks.delete(
        DeleteTrack(componentId: "shop", trackId: shop.track.id), by: shop.fixture.ada)
      #expect(deleted.latestTrackId == other.id)
      #expect(shop.world.standing.isEmpty)
      try await settled(shop)
      #expect(try await shop.operation(begun) == nil)
      await executor.drain()
    }
  }

  @Test func `of servers that share a store one compares, and the others report it`() async throws {
    try await Shop.with { (shop) async throws in
      _ = try await begin(shop)
      try await restore(shop)
      shop.world.put("later", at: "dev dev")
      let servers = (0..<3).map { _ in execute(shop, on: SharedStore(shop.store)) }
      try await compared(shop)
      for server in servers {
        await server.heard { if case .restoreFound = $0 { true } else { false } }
      }
      #expect(try await report(shop).driftCount == 1)
      // No time passes by the clock of the store.
      #expect(try await shop.store.read { try $0.restore()?.comparison } == 1)
      let tellers = servers.count { server in
        server.events.contains { if case .placeDiffers = $0 { true } else { false } }
      }
      #expect(tellers <= 1)
      for server in servers { await server.drain() }
    }
  }
}
