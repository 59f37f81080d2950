import TestSupport
import Testing
import TrackController
import TrackDomain

/// Another executor takes an operation over just before one of the writes of its executor,
/// whichever write that is: later writes of the first executor have no effect, and the next
/// executor does the work.
@Suite(.timeLimit(.minutes(2))) struct LostLeaseTests {
  /// Steals the operation before the first, the second and each further write, until a run ends
  /// without a theft.
  ///
  /// - Parameters:
  ///   - fewest: the least number of writes.
  ///   - run: a run in which the theft comes before the n-th write; returns whether there was such
  ///     a write.
  private func beforeEachWrite(
    fewest: Int, _ run: (Int) async throws -> Bool
  ) async throws {
    var count = 1
    while try await run(count) { count += 1 }
    #expect(count > fewest)
  }

  /// Runs an executor on `store` until its operation is stolen, or `isOver`, and nothing is under
  /// way any more. Checks that it had no effect after the theft.
  ///
  /// - Parameter isAlone: whether no other operation is under way.
  private func steal(
    _ shop: Shop, _ store: ThievishStore, isAlone: Bool = true,
    unless isOver: () async throws -> Bool
  ) async throws -> Bool {
    let clock = shop.fixture.clock
    let executor = RunningExecutor(store: store, world: shop.world, now: { clock.now })
    while store.loot == nil, try await !isOver(), !Task.isCancelled {
      try await Task.sleep(for: .milliseconds(2))
    }
    await executor.drain()
    guard let loot = store.loot else { return false }
    let id = loot.operation.id
    var left = try await shop.store.read { try ThievishStore.loot(id, $0) }
    // Deployments beside it write changes of their own.
    if !isAlone { left?.newestPlace = loot.newestPlace }
    #expect(left == loot)
    let isTold = executor.events.contains {
      if case .leaseLost(id) = $0 { true } else { false }
    }
    #expect(isTold == store.wasHeldBefore)
    return true
  }

  /// Runs an executor on another server until `isOver`. Earlier leases have expired.
  private func goOn(_ shop: Shop, until isOver: () async throws -> Void) async throws {
    let clock = shop.fixture.clock
    clock.advance(seconds: 31)
    let executor = RunningExecutor(
      store: SharedStore(shop.store), world: shop.world, now: { clock.now })
    try await isOver()
    await executor.drain()
  }

  @Test(arguments: [false, true])
  func `a deployment is published once, and not after it was cancelled`(
    cancels: Bool
  ) async throws {
    try await beforeEachWrite(fewest: 4) { count in
      var isStolen = false
      try await Shop.with { (shop) async throws in
        let deployment = try await shop.deploy(try await shop.image("a"))
        let store = ThievishStore(
          shop.store, beforeWrite: count, of: { try $0.operation(id: deployment.id) },
          afterTheft: { if cancels { _ = try? await shop.cancel(deployment) } })
        isStolen = try await steal(shop, store) { try await shop.operation(deployment) == nil }
        try await goOn(shop) {
          try await shop.ended(deployment)
          try await shop.settled()
        }
        let state = try await shop.now(deployment).state
        if state == .cancelled {
          #expect(cancels && shop.world.commits.isEmpty)
        } else {
          #expect(state == .succeeded)
          #expect(shop.world.commits.map(\.deploymentId) == [deployment.id])
          #expect(try await shop.now(deployment).gitopsHash == shop.world.commits.first?.hash)
          #expect(try await shop.binding()?.currentDeploymentId == deployment.id)
        }
        #expect(Set(shop.world.reports.map(\.status)).count <= 1)
      }
      return isStolen
    }
  }

  @Test func `the rest of a batch goes on`() async throws {
    try await beforeEachWrite(fewest: 4) { count in
      var isStolen = false
      try await Shop.with { (shop) async throws in
        let other = try await shop.deploy(try await shop.image("b"), to: "aside")
        let deployment = try await shop.deploy(try await shop.image("a"))
        let store = ThievishStore(
          shop.store, beforeWrite: count, of: { try $0.operation(id: deployment.id) })
        isStolen = try await steal(shop, store, isAlone: false) {
          try await shop.operation(deployment) == nil
        }
        #expect(try await shop.now(other).state == .succeeded)
        try await goOn(shop) {
          try await shop.ended(deployment)
          try await shop.settled()
        }
        #expect(
          Set(shop.world.commits.map(\.deploymentId)) == [deployment.id, other.id])
        #expect(shop.world.commits.count == 2)
      }
      return isStolen
    }
  }

  @Test func `a report is made again by the next one`() async throws {
    try await beforeEachWrite(fewest: 2) { count in
      var isStolen = false
      try await Shop.with { (shop) async throws in
        shop.world.answer("updateStatuses", .fails(IntegrationError(.unavailable, "down")))
        let first = shop.fixture.execute()
        let deployment = try await shop.deployed(try await shop.image("a"))
        try await shop.until {
          try $0.operation(id: deployment.id)?.attempts == 1 ? true : nil
        }
        await first.drain()
        shop.fixture.clock.advance(seconds: 1)
        let store = ThievishStore(
          shop.store, beforeWrite: count, of: { try $0.operation(id: deployment.id) })
        isStolen = try await steal(shop, store) { try await shop.operation(deployment) == nil }
        try await goOn(shop) { try await shop.settled() }
        #expect(Set(shop.world.reports).map(\.status) == [.succeeded])
      }
      return isStolen
    }
  }

  @Test func `a deletion goes on where it was`() async throws {
    // The claim, the check for other operations, three steps, a place, and a purge in three writes.
    try await beforeEachWrite(fewest: 9) { count in
      var isStolen = false
      try await Shop.with { (shop) async throws in
        let trackId = shop.track.id
        let other = try await shop.fixture.create("shop", "v2.0", branch: "next")
        let first = shop.fixture.execute(signals: OperationSignals())
        try await shop.deployed(try await shop.image("a"))
        try await shop.settled()
        await first.drain()
        let (tracks, ada) = (shop.fixture.tracks, shop.fixture.ada)
        let call = Task {
          try await tracks.delete(
            DeleteTrack(componentId: "shop", trackId: trackId, force: true), by: ada)
        }
        let id = try await shop.until {
          try $0.deletion(componentId: "shop", trackId: trackId)?.id
        }
        let store = ThievishStore(
          shop.store, beforeWrite: count, of: { try $0.operation(id: id) })
        isStolen = try await steal(shop, store) {
          try await shop.store.read { try $0.operation(id: id) == nil }
        }
        let left = try await shop.fixture.all("shop").count
        #expect(left == (isStolen ? 2 : 1))
        var latest = ""
        try await goOn(shop) { latest = try await call.value.latestTrackId }
        #expect(latest == other.id)
        #expect(try await shop.fixture.all("shop").map(\.id) == [other.id])
        #expect(Set(shop.world.deletions).count == 3)
        #expect(shop.world.standing.isEmpty)
      }
      return isStolen
    }
  }

  @Test func `a place that was left is cleaned by the next one`() async throws {
    try await beforeEachWrite(fewest: 2) { count in
      var isStolen = false
      try await Shop.with { (shop) async throws in
        let trackId = shop.track.id
        let first = shop.fixture.execute()
        try await shop.deployed(try await shop.image("a"))
        try await shop.fixture.put(
          EnvironmentDraft(id: "dev", projectId: "paid", name: "dev", gitopsPath: "new"))
        shop.world.answer("withdraw", .fails(IntegrationError(.unavailable, "down")))
        let second = try await shop.deployed(try await shop.image("b"))
        try await shop.settled()
        try await shop.until {
          try $0.cleanings(componentId: "shop", trackId: trackId, limit: 1).first?.attempts == 1
            ? true : nil
        }
        await first.drain()
        shop.fixture.clock.advance(seconds: 1)
        let isClean = { @Sendable (reader: any StoreReader) throws in
          try !reader.hasOperations(of: .placeCleaning, componentId: "shop", trackId: trackId)
        }
        let store = ThievishStore(
          shop.store, beforeWrite: count,
          of: { try $0.cleanings(componentId: "shop", trackId: trackId, limit: 1).first })
        isStolen = try await steal(shop, store) { try await shop.store.read(isClean) }
        try await goOn(shop) { _ = try await shop.until { try isClean($0) ? true : nil } }
        #expect(shop.world.standing == ["dev new": second.id])
      }
      return isStolen
    }
  }
}
