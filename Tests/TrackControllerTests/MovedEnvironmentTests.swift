import TestSupport
import Testing
import TrackController
import TrackDomain

/// Environments that move to another place: the manifest in the old place goes, and no other.
@Suite(.timeLimit(.minutes(2))) struct MovedEnvironmentTests {
  private let dead = "https://git.example/dead.git"

  /// With an executor, a second track, and `dev` in folder `old`.
  private func with(
    repositoryURL: String = "", _ body: (Shop, RunningExecutor) async throws -> Void
  ) async throws {
    try await Shop.with { (shop) async throws in
      try await move(shop, to: "old", repositoryURL: repositoryURL)
      try await shop.fixture.create("shop", "v2.0", branch: "next")
      let executor = shop.fixture.execute()
      try await body(shop, executor)
      await executor.drain()
    }
  }

  private func move(
    _ shop: Shop, to path: String, repositoryURL: String = "", branch: String = "main"
  ) async throws {
    try await shop.fixture.put(
      EnvironmentDraft(
        id: "dev", projectId: "paid", gitopsRepositoryURL: repositoryURL, gitopsBranch: branch,
        gitopsPath: path))
  }

  private func delete(
    _ shop: Shop, force: Bool = true
  ) async throws -> DeletedTrack {
    try await shop.fixture.tracks.delete(
      DeleteTrack(componentId: "shop", trackId: shop.track.id, force: force),
      by: shop.fixture.ada)
  }

  /// Does what the deletion of the track begins with, whatever is deployed.
  private func insertDeletion(_ shop: Shop) async throws {
    let trackId = shop.track.id
    try await shop.store.write { transaction in
      try transaction.insertOperation(
        Operation(
          id: "deletion", kind: .trackDeletion, componentId: "shop", trackId: trackId,
          dueAt: shop.fixture.clock.now, createdAt: shop.fixture.clock.now,
          actor: shop.fixture.ada))
    }
  }

  /// Returns when no cleaning is left.
  private func cleaned(_ shop: Shop) async throws {
    let trackId = shop.track.id
    try await shop.until {
      try $0.hasOperations(of: .placeCleaning, componentId: "shop", trackId: trackId) ? nil : true
    }
  }

  private func cleanings(_ shop: Shop) async throws -> [Operation] {
    let trackId = shop.track.id
    return try await shop.store.read {
      try $0.cleanings(componentId: "shop", trackId: trackId, limit: 9)
    }
  }

  // MARK: Moving

  @Test func `the old place is cleaned once the next deployment has succeeded`() async throws {
    try await with { (shop, _) async throws in
      let first = try await shop.deployed(try await shop.image("a"))
      #expect(try await shop.binding()?.place?.path == "old")
      try await move(shop, to: "new")
      #expect(shop.world.standing == ["dev old": first.id])
      let second = try await shop.deployed(try await shop.image("b"))
      try await cleaned(shop)
      #expect(shop.world.standing == ["dev new": second.id])
      #expect(try await shop.binding()?.place?.path == "new")
      _ = try await delete(shop)
      #expect(shop.world.standing.isEmpty)
    }
  }

  @Test func `the old place stays as long as nothing runs in the new one`() async throws {
    try await with { (shop, _) async throws in
      let first = try await shop.deployed(try await shop.image("a"))
      try await move(shop, to: "new")
      // The deployment is published, but its answer is lost.
      shop.world.answer("deploy", .answerIsLost)
      let second = try await shop.deploy(try await shop.image("b"))
      let trackId = shop.track.id
      let put = try await shop.until { reader in
        let all = try reader.cleanings(componentId: "shop", trackId: trackId, limit: 9)
        return all.first?.dueAt ?? .earliest > shop.fixture.clock.now ? all : nil
      }
      #expect(put.count == 1 && put[0].left?.movedBy == second.id)
      #expect(shop.world.standing["dev old"] == first.id)
      // Its success makes the waiting operations due.
      shop.fixture.clock.advance(seconds: 1)
      shop.fixture.signals.wake()
      try await cleaned(shop)
      #expect(shop.world.standing == ["dev new": second.id])
    }
  }

  @Test func `the next deployment does not wait for a place that cannot be reached`() async throws {
    try await with(repositoryURL: dead) { (shop, executor) async throws in
      let first = try await shop.deployed(try await shop.image("a"))
      shop.world.bury(dead)
      try await move(shop, to: "new")
      let second = try await shop.deployed(try await shop.image("b"))
      await executor.heard {
        if case .retrying(_, 1, "no route to host") = $0 { true } else { false }
      }
      #expect(shop.world.standing == ["dev old": first.id, "dev new": second.id])
      // The cleaning is tried without limit, more often than any other step.
      let trackId = shop.track.id
      for attempts in 1..<9 as Range<Int32> {
        try await shop.until {
          let cleanings = try $0.cleanings(componentId: "shop", trackId: trackId, limit: 1)
          return cleanings.first?.attempts == attempts ? true : nil
        }
        shop.fixture.clock.advance(seconds: 60)
        shop.fixture.signals.wake()
      }
      shop.world.raise(dead)
      shop.fixture.clock.advance(seconds: 60)
      shop.fixture.signals.wake()
      try await cleaned(shop)
      #expect(shop.world.standing == ["dev new": second.id])
    }
  }

  @Test func `what came back to its old place is not removed from there`() async throws {
    try await with(repositoryURL: dead) { (shop, executor) async throws in
      _ = try await shop.deployed(try await shop.image("a"))
      shop.world.bury(dead)
      try await move(shop, to: "new")
      _ = try await shop.deployed(try await shop.image("b"))
      await executor.heard { if case .retrying = $0 { true } else { false } }
      shop.world.raise(dead)
      try await move(shop, to: "old", repositoryURL: dead)
      let third = try await shop.deployed(try await shop.image("c"))
      shop.fixture.clock.advance(seconds: 60)
      shop.fixture.signals.wake()
      try await cleaned(shop)
      #expect(shop.world.standing == ["dev old": third.id])
    }
  }

  @Test func `another spelling of a place is no move`() async throws {
    try await with(repositoryURL: "https://git.example/ops.git") { (shop, _) async throws in
      _ = try await shop.deployed(try await shop.image("a"))
      try await move(shop, to: "./old/", repositoryURL: "git@GIT.example:ops")
      let second = try await shop.deployed(try await shop.image("b"))
      #expect(try await cleanings(shop).isEmpty)
      #expect(try await shop.binding()?.place?.repositoryURL == "git@GIT.example:ops")
      #expect(shop.world.standing["dev ./old/"] == second.id)
    }
  }

  @Test func `a deployment that may be published stays where that was`() async throws {
    try await with { (shop, executor) async throws in
      shop.world.answer("deploy", .answerIsLost)
      let deployment = try await shop.deploy(try await shop.image("a"))
      await executor.heard { if case .retrying = $0 { true } else { false } }
      try await move(shop, to: "new")
      shop.fixture.clock.advance(seconds: 1)
      shop.fixture.signals.wake()
      #expect(try await shop.ended(deployment).state == .succeeded)
      #expect(shop.world.standing == ["dev old": deployment.id])
      #expect(try await shop.binding()?.place?.path == "old")
    }
  }

  // MARK: Deleting

  @Test func `a deployment that was published and then failed goes with its track`() async throws {
    try await with { (shop, _) async throws in
      for _ in 0..<7 {
        shop.world.answer("deploy", .answerIsLost)
        shop.world.answer("receipt", .fails(IntegrationError(.unavailable, "down")))
      }
      shop.world.answer("settle", .fails(IntegrationError(.refused, "no commits without files")))
      let deployment = try await shop.deploy(try await shop.image("a"))
      while try await !shop.now(deployment).state.isFinal {
        shop.fixture.clock.advance(seconds: 60)
        shop.fixture.signals.wake()
        await Task.yield()
      }
      #expect(try await shop.now(deployment).state == .failed)
      shop.world.recover()
      try await move(shop, to: "new")
      #expect(shop.world.standing == ["dev old": deployment.id])
      #expect(try await delete(shop, force: false).abandonedPlaces.isEmpty)
      #expect(shop.world.standing.isEmpty)
    }
  }

  @Test func `a deletion waits for the old place, and takes what stands in it`() async throws {
    try await with(repositoryURL: dead) { (shop, executor) async throws in
      _ = try await shop.deployed(try await shop.image("a"))
      shop.world.bury(dead)
      try await move(shop, to: "new")
      _ = try await shop.deployed(try await shop.image("b"))
      await executor.heard { if case .retrying = $0 { true } else { false } }
      // As if an unforced call had deleted the track with an active deployment.
      let trackId = shop.track.id
      try await insertDeletion(shop)
      try await shop.until {
        try $0.operation(id: "deletion")?.dueAt ?? .earliest > shop.fixture.clock.now ? true : nil
      }
      #expect(shop.world.standing.count == 2)
      shop.world.raise(dead)
      shop.fixture.clock.advance(seconds: 60)
      shop.fixture.signals.wake()
      try await shop.until { try $0.track(componentId: "shop", id: trackId) == nil ? true : nil }
      #expect(shop.world.standing.isEmpty)
    }
  }

  @Test func `a forced deletion gives up places that cannot be reached, and names them`()
    async throws
  {
    try await with(repositoryURL: dead) { (shop, executor) async throws in
      let first = try await shop.deployed(try await shop.image("a"))
      shop.world.bury(dead)
      try await move(shop, to: "new")
      _ = try await shop.deployed(try await shop.image("b"))
      async let deleted = delete(shop)
      for attempt in 1..<3 as Range<Int32> {
        let trackId = shop.track.id
        try await shop.until {
          try $0.deletion(componentId: "shop", trackId: trackId)?.attempts == attempt ? true : nil
        }
        #expect(shop.world.standing["dev old"] == first.id)
        shop.fixture.clock.advance(seconds: 60)
        shop.fixture.signals.wake()
      }
      let file = "old/shop/\(shop.track.id)/dev.yaml on branch main of \(dead)"
      #expect(try await deleted.abandonedPlaces == [file])
      #expect(shop.world.standing == ["dev old": first.id])
      #expect(
        executor.events.contains {
          if case .placeGivenUp("shop", _, file, "no route to host") = $0 { true } else { false }
        })
    }
  }

  @Test func `a deletion that waits can be forced by a call that joins it`() async throws {
    try await with(repositoryURL: dead) { (shop, _) async throws in
      _ = try await shop.deployed(try await shop.image("a"))
      shop.world.answer("withdraw", .fails(IntegrationError(.unavailable, "down")))
      try await insertDeletion(shop)
      try await shop.until { try $0.operation(id: "deletion")?.attempts == 1 ? true : nil }
      shop.world.answer("withdraw", .fails(IntegrationError(.accessDenied, "not you")))
      // A place that no attempt can change is given up at once.
      #expect(try await delete(shop).abandonedPlaces.count == 1)
    }
  }

  @Test func `who refuses is not given up, even by force`() async throws {
    try await with { (shop, _) async throws in
      _ = try await shop.deployed(try await shop.image("a"))
      shop.world.answer("withdraw", .fails(IntegrationError(.refused, "protected")))
      let error = await expectRefusal(.cleanupRefused, .failedPrecondition) {
        try await delete(shop)
      }
      #expect(error?.message.contains("old/shop/") == true)
      #expect(error?.message.contains("protected") == true)
      #expect(shop.world.standing.count == 1)
    }
  }

  // MARK: The branch

  @Test func `the branch that HEAD names at first is kept, whatever it names later`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      shop.world.head = "trunk"
      try await move(shop, to: "here", branch: "")
      _ = try await shop.deployed(try await shop.image("a"))
      shop.world.head = "another"
      func branch() async throws -> String? {
        try await shop.store.read {
          try $0.catalogResource(.environment, id: "dev").flatMap(Environment.init)?.gitopsBranch
        }
      }
      #expect(try await branch() == "trunk")
      // A repeated put changes nothing.
      try await move(shop, to: "here", branch: "")
      #expect(try await branch() == "trunk")
      _ = try await shop.deployed(try await shop.image("b"))
      #expect(try await shop.binding()?.place?.branch == "trunk")
      // Another repository has another HEAD.
      try await move(shop, to: "here", repositoryURL: "https://git.example/else", branch: "")
      _ = try await shop.deployed(try await shop.image("c"))
      #expect(try await branch() == "another")
      let change = try await shop.fixture.changes()
        .filter { $0.change.resource == .environment && $0.change.resourceId == "dev" }
      #expect(change.count == 5)
    }
  }

  @Test func `a repository that does not tell its HEAD holds up nothing else`() async throws {
    try await with { (shop, executor) async throws in
      shop.world.answer("place", .fails(IntegrationError(.unavailable, "no route to host")))
      let deployment = try await shop.deploy(try await shop.image("a"))
      await executor.heard {
        if case .retrying(_, 1, "no route to host") = $0 { true } else { false }
      }
      #expect(shop.world.calls(of: "deploy") == 0)
      shop.fixture.clock.advance(seconds: 1)
      shop.fixture.signals.wake()
      #expect(try await shop.ended(deployment).state == .succeeded)
    }
  }
}
