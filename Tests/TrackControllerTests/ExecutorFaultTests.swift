import TestSupport
import Testing
import TrackDomain

@testable import TrackController
@testable import TrackStoreSQLite

/// An operation that the store cannot read or change does not hold up the rest of its batch, and no
/// lease stays, whatever the store does.
@Suite(.timeLimit(.minutes(2))) struct ExecutorFaultTests {
  private func isStoreFailed(_ event: ExecutorEvent, _ id: String) -> Bool {
    if case .storeFailed(let ids, _) = event { ids == [id] } else { false }
  }

  /// Returns when the operation of a deployment into `dev` has no lease.
  private func free(_ deployment: Deployment, _ shop: Shop) async throws {
    try await shop.until { try $0.operation(id: deployment.id)?.lease == nil ? true : nil }
  }

  @Test(arguments: [
    "UPDATE operation SET step = 9 WHERE id = '$'", "UPDATE deployment SET kind = 9 WHERE id = '$'",
  ])
  func `a row that cannot be read costs its own operation only`(sabotage: String) async throws {
    try await Shop.with { (shop) async throws in
      let bad = try await shop.deploy(try await shop.image("a"))
      let good = try await shop.deploy(try await shop.image("b"), to: "aside")
      try shop.sabotage(sabotage, of: bad.id)
      let executor = shop.fixture.execute()
      #expect(try await shop.ended(good).state == .succeeded)
      await executor.heard { isStoreFailed($0, bad.id) }
      // The executor looks at it again a minute later, and reports it once.
      let dev = OperationQueue.deployments(environmentId: "dev")
      let later = shop.fixture.clock.now.after(.seconds(60))
      try await shop.until { try $0.times(of: dev)?.first == later ? true : nil }
      shop.fixture.clock.advance(seconds: 60)
      executor.signals.wake()
      try await shop.until { try ($0.times(of: dev)?.first).flatMap { $0 > later ? true : nil } }
      #expect(executor.events.filter { isStoreFailed($0, bad.id) }.count == 1)
      await executor.drain()
    }
  }

  @Test func `a deployment whose row is gone leaves nothing to be done`() async throws {
    try await Shop.with { (shop) async throws in
      shop.world.hold()
      let gone = try await shop.deploy(try await shop.image("a"))
      let executor = shop.fixture.execute()
      await shop.eventually { shop.world.batches == [1] }
      try shop.sabotage("DELETE FROM deployment WHERE id = '$'", of: gone.id)
      shop.world.release()
      try await shop.until { try $0.operation(id: gone.id) == nil ? true : nil }
      #expect(try await shop.deployed(try await shop.image("b")).state == .succeeded)
      await executor.drain()
    }
  }

  @Test func `an image that cannot be read fails its deployment only`() async throws {
    try await Shop.with { (shop) async throws in
      let image = try await shop.image("a")
      let bad = try await shop.deploy(image)
      let good = try await shop.deploy(try await shop.image("b"), to: "aside")
      try shop.sabotage("UPDATE image SET details = x'00' WHERE id = '$'", of: image.id)
      let executor = shop.fixture.execute()
      #expect(try await shop.ended(good).state == .succeeded)
      #expect(shop.world.batches == [1])
      await executor.heard {
        if case .retrying(bad.id, 1, "what is to be deployed cannot be read") = $0 {
          true
        } else {
          false
        }
      }
      await executor.drain()
    }
  }

  @Test(arguments: [
    "UPDATE OF release_id ON deployment WHEN NEW.id = '$' AND NEW.release_id <> ''",
    "UPDATE OF state ON deployment WHEN NEW.id = '$' AND NEW.state = 3",
  ])
  func `what the store does not take of one is not lost of the others`(event: String) async throws {
    try await Shop.with { (shop) async throws in
      let bad = try await shop.deploy(try await shop.image("a"))
      let good = try await shop.deploy(try await shop.image("b"), to: "aside")
      try shop.refuse(event, of: bad.id)
      let executor = shop.fixture.execute()
      #expect(try await shop.ended(good).state == .succeeded)
      await executor.heard { isStoreFailed($0, bad.id) }
      try await free(bad, shop)
      try shop.heal()
      shop.fixture.clock.advance(seconds: 30)
      executor.signals.wake()
      #expect(try await shop.ended(bad).state == .succeeded)
      #expect(shop.world.commits.count == 2)
      try await shop.settled()
      await executor.drain()
    }
  }

  @Test func `a report that cannot be recorded is told again, and the others are not`() async throws
  {
    try await Shop.with { (shop) async throws in
      let bad = try await shop.deploy(try await shop.image("a"))
      let good = try await shop.deploy(try await shop.image("b"), to: "aside")
      try shop.refuse("DELETE ON operation WHEN OLD.id = '$'", of: bad.id)
      let executor = shop.fixture.execute()
      await executor.heard { isStoreFailed($0, bad.id) }
      try await shop.until { try $0.operation(id: good.id) == nil ? true : nil }
      try await free(bad, shop)
      try shop.heal()
      shop.fixture.clock.advance(seconds: 30)
      executor.signals.wake()
      try await shop.settled()
      #expect(shop.world.reports.filter { $0.deploymentId == good.id }.count == 1)
      #expect(shop.world.reports.filter { $0.deploymentId == bad.id }.count == 2)
      await executor.drain()
    }
  }

  @Test(arguments: ["updateStatuses", "delete"])
  func `a lease that cannot be given back while the store fails is given back later`(
    system: String
  ) async throws {
    try await Shop.with { (shop) async throws in
      _ = try await shop.fixture.create("shop", "v2.0", branch: "next")
      let store = TroubledStore(store: shop.store)
      let clock = shop.fixture.clock
      let executor = RunningExecutor(
        store: store, world: shop.world, signals: shop.fixture.signals, now: { clock.now })
      // The store breaks while the other system is asked.
      shop.world.when(system) {
        try? shop.refuse("DELETE ON operation", of: "")
        try? shop.refuse("UPDATE ON operation", of: "")
      }
      var deletion: Task<String, any Error>?
      if system == "updateStatuses" {
        try await shop.deployed(try await shop.image("a"))
      } else {
        let request = DeleteTrack(componentId: "shop", trackId: shop.track.id)
        let (tracks, ada) = (shop.fixture.tracks, shop.fixture.ada)
        deletion = Task { try await tracks.delete(request, by: ada).latestTrackId }
      }
      await executor.heard { if case .storeFailed = $0 { true } else { false } }
      await store.quiet()
      try shop.heal()
      let trackId = shop.track.id
      while try await shop.store.read({
        try $0.hasOperations(componentId: "shop", trackId: trackId, besides: "")
      }) {
        shop.fixture.clock.advance(seconds: 1)
        executor.signals.wake()
        await Task.yield()
      }
      // On a slow machine the wait may be over: only the track matters.
      if let deletion {
        _ = await deletion.result
        let track = try await shop.store.read { try $0.track(componentId: "shop", id: trackId) }
        #expect(track == nil)
      }
      await executor.drain()
    }
  }
}

/// Changes to a store behind its back.
extension Shop {
  private func connection() throws -> Connection {
    let connection = try Connection(
      path: fixture.directory + "/trackd.db", access: .readWrite)
    try connection.execute("PRAGMA busy_timeout = 5000")
    try connection.execute("PRAGMA ignore_check_constraints = ON")
    return connection
  }

  /// Changes rows as no version of the store would. `$` stands for the id.
  fileprivate func sabotage(_ statement: String, of id: String) throws {
    try connection().execute(statement.replacing("$", with: id))
  }

  /// Makes the store refuse this event from now on, until `heal`.
  fileprivate func refuse(_ event: String, of id: String) throws {
    let name = event.prefix { $0 != " " }
    try connection().execute(
      """
      CREATE TRIGGER IF NOT EXISTS sabotage_\(name) BEFORE \(event.replacing("$", with: id)) BEGIN
        SELECT RAISE(ABORT, 'sabotage');
      END
      """)
  }

  fileprivate func heal() throws {
    for name in ["UPDATE", "DELETE"] {
      try connection().execute("DROP TRIGGER IF EXISTS sabotage_\(name)")
    }
  }
}
