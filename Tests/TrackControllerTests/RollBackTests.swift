import TestSupport
import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct RollBackTests {
  @Test func `goes back to the last deployment that differs`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let (a, b) = (try await shop.image("a"), try await shop.image("b"))
      let first = try await shop.deployed(a)
      try await shop.deployed(b)
      let current = try await shop.deployed(b)
      let rollback = try await shop.rollBack { $0.reason = "broken" }
      #expect(rollback.kind == .rollback)
      #expect(rollback.imageId == a.id)
      #expect(rollback.rollbackOf == current.id)
      #expect(rollback.restores == first.id)
      #expect(rollback.reason == "broken")
      #expect(try await shop.ended(rollback).state == .succeeded)
      #expect(try await shop.now(current).rolledBackBy == rollback.id)
      #expect(try await shop.binding()?.currentDeploymentId == rollback.id)
      #expect(try await shop.binding()?.currentImageId == a.id)
    }
  }

  @Test func `leaves out what was rolled back, and what is as the current one`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let images = [
        try await shop.image("a"), try await shop.image("b"), try await shop.image("c"),
      ]
      for image in images { try await shop.deployed(image) }
      try await shop.ended(try await shop.rollBack())
      #expect(try await shop.binding()?.currentImageId == images[1].id)
      try await shop.ended(try await shop.rollBack())
      #expect(try await shop.binding()?.currentImageId == images[0].id)
      // The second rollback undid the deployment that the first one had restored.
      await expectRefusal(.noRollbackTarget, .failedPrecondition) { try await shop.rollBack() }
    }
  }

  @Test func `marks what became active since it was asked for`() async throws {
    try await Shop.with { (shop) async throws in
      let images = [
        try await shop.image("a"), try await shop.image("b"), try await shop.image("c"),
      ]
      let executor = shop.fixture.execute()
      try await shop.deployed(images[0])
      let second = try await shop.deployed(images[1])
      shop.world.hold()
      let third = try await shop.deploy(images[2])
      try await shop.until { reader in
        try reader.deployment(componentId: "shop", id: third.id)?.state == .inProgress ? true : nil
      }
      let rollback = try await shop.rollBack()
      #expect(rollback.rollbackOf == second.id)
      shop.world.release()
      try await shop.ended(rollback)
      #expect(try await shop.now(second).rolledBackBy == rollback.id)
      #expect(try await shop.now(third).rolledBackBy == rollback.id)
      await executor.drain()
    }
  }

  @Test func `goes back to a given image`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let (a, b, c) = (
        try await shop.image("a"), try await shop.image("b"), try await shop.image("c")
      )
      let first = try await shop.deployed(a)
      try await shop.deployed(b)
      try await shop.deployed(a, to: "other")
      await expectRefusal(.imageNotDeployed, .failedPrecondition) {
        try await shop.rollBack(to: c)
      }
      await expectRefusal(.alreadyCurrent, .failedPrecondition) {
        try await shop.rollBack(to: b)
      }
      await expectRefusal(.imageNotFound, .notFound) {
        try await shop.rollBack { $0.imageId = "missing" }
      }
      let other = try await shop.fixture.create("shop", "v2.0", branch: "next")
      let foreign = try await shop.image("f", track: other)
      await expectRefusal(.imageNotInTrack, .failedPrecondition) {
        try await shop.rollBack(to: foreign)
      }
      let rollback = try await shop.rollBack(to: a)
      #expect(rollback.restores == first.id)
    }
  }

  @Test func `brings back the configuration`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let image = try await shop.image("a")
      let gold = APISettings(rateLimitTier: "GOLD")
      let first = try await shop.deployed(image) { $0.apiSettings = gold }
      try await shop.deployed(image)
      // The same image, but another deployment.
      let rollback = try await shop.ended(try await shop.rollBack(to: image))
      #expect(rollback.restores == first.id)
      #expect(rollback.apiSettings == gold)
      let silver = APISettings(rateLimitTier: "SILVER")
      let own = try await shop.rollBack(to: image) { $0.apiSettings = silver }
      #expect(own.apiSettings == silver)
    }
  }

  @Test func `goes back to another configuration of the same image`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let image = try await shop.image("a")
      let first = try await shop.deployed(image)
      _ = try await shop.fixture.tracks.updateConfigs(
        UpdateTrackConfigs(
          componentId: "shop", trackId: shop.track.id,
          endpoints: [EndpointDraft(name: "api", type: .rest, port: 8080)]), by: shop.fixture.ada)
      for _ in 0..<2 { #expect(try await shop.deployed(image).configRevision == 1) }
      let rollback = try await shop.rollBack()
      #expect(rollback.restores == first.id)
      #expect(rollback.configRevision == 0)
    }
  }

  @Test func `needs something to go back from`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let image = try await shop.image("a")
      await expectRefusal(.noRollbackTarget, .failedPrecondition) { try await shop.rollBack() }
      await expectRefusal(.noRollbackTarget, .failedPrecondition) {
        try await shop.rollBack(to: image)
      }
      try await shop.deployed(image)
      await expectRefusal(.noRollbackTarget, .failedPrecondition) { try await shop.rollBack() }
      await expectRefusal(.currentDeploymentChanged, .aborted) {
        try await shop.rollBack { $0.expectedCurrentDeploymentId = "another" }
      }
    }
  }

  @Test func `needs no promotion`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let (a, b) = (try await shop.image("a"), try await shop.image("b"))
      for image in [a, b] {
        for environment in ["dev", "stage"] { try await shop.deployed(image, to: environment) }
      }
      #expect(try await shop.ended(try await shop.rollBack(in: "stage")).imageId == a.id)
    }
  }

  // MARK: The answer

  @Test func `names what goes and what comes`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let first = try await shop.deployed(try await shop.image("a"))
      let second = try await shop.deployed(try await shop.image("b"))
      let checked = try await shop.rollBackAnswer { $0.options.validateOnly = true }
      let options = MutationOptions(requestId: UniqueID.random().description)
      let done = try await shop.rollBackAnswer { $0.options = options }
      try await shop.ended(done.deployment)
      let again = try await shop.rollBackAnswer { $0.options = options }
      for answer in [checked, done, again] {
        #expect(answer.rolledBack?.id == second.id)
        #expect(answer.restored?.id == first.id)
        #expect(answer.failed == nil)
      }
      #expect(again.rolledBack?.rolledBackBy == done.deployment.id)
      let deployed = try await shop.fixture.tracks.deploy(
        shop.request(try await shop.image("c")), by: shop.fixture.ada)
      #expect(deployed.rolledBack == nil && deployed.restored == nil && deployed.failed == nil)
    }
  }

  /// The deployments since the active, good one: they decide whether a rollback may be meant for a
  /// failed one.
  enum Since: CaseIterable {
    case failure, failureAndCancelled, failedRollback, failureAndPending, cancelled, elsewhere

    var tells: Bool { self == .failure || self == .failureAndCancelled }
  }

  @Test(arguments: Since.allCases)
  func `names a deployment that failed since`(since: Since) async throws {
    try await Shop.with { (shop) async throws in
      let (a, b) = (try await shop.image("a"), try await shop.image("b"))
      let good = try await shop.makeActive(a)
      let current = try await shop.makeActive(b)
      let executor = shop.fixture.execute()
      let refusal = FakeWorld.Answer.fails(IntegrationError(.refused, "no"))
      var failed: Deployment?
      if since != .cancelled {
        shop.world.answer("deploy", refusal)
        let next =
          since == .failedRollback
          ? try await shop.rollBack()
          : try await shop.deploy(a, to: since == .elsewhere ? "other" : "dev")
        failed = try await shop.ended(next)
      }
      try await shop.settled()
      await executor.drain()
      if since == .failureAndPending { try await shop.deploy(a) }
      if since == .failureAndCancelled || since == .cancelled {
        _ = try await shop.cancel(try await shop.deploy(a))
      }
      let answer = try await shop.rollBackAnswer { $0.options.validateOnly = true }
      #expect(answer.failed == (since.tells ? failed : nil))
      #expect(answer.rolledBack?.id == current.id)
      #expect(answer.restored?.id == good.id)
    }
  }

  // MARK: Holding auto-deploy

  /// The deployments whose hold is told by changes after a place in the log, with what is told.
  private func holds(_ shop: Shop, after place: LogPlace) async throws -> [[String: Bool]] {
    try await shop.fixture.changes(after: place)
      .filter { $0.change.resource == .deployment }
      .map { try Snapshot.deployment($0.change.snapshot) }
      .filter { $0.kind == .rollback }
      .map { [$0.id: $0.holdsAutoDeploy] }
  }

  @Test func `a hold and its end are in the change log`() async throws {
    try await Shop.with { (shop) async throws in
      try await shop.makeActive(try await shop.image("a"))
      try await shop.makeActive(try await shop.image("b"))
      var place = try await shop.fixture.lastPlace()
      let first = try await shop.rollBack()
      #expect(try await holds(shop, after: place) == [[first.id: true]])
      // Another rollback takes its place.
      _ = try await shop.cancel(first)
      place = try await shop.fixture.lastPlace()
      let second = try await shop.rollBack()
      #expect(try await holds(shop, after: place) == [[second.id: true], [first.id: false]])
      place = try await shop.fixture.lastPlace()
      let bob = Principal(name: "bob", isVerified: false)
      _ = try await shop.fixture.tracks.resumeAutoDeploy(
        ResumeAutoDeploy(componentId: "shop", trackId: shop.track.id, environmentId: "dev"),
        by: bob)
      #expect(try await holds(shop, after: place) == [[second.id: false]])
      let resumed = try #require(try await shop.fixture.changes(after: place).first).change
      #expect(resumed.actor == bob && resumed.kind == .updated)
      #expect(try await !shop.now(second).holdsAutoDeploy)
      // A person's deployment that succeeds lifts a hold, too.
      _ = try await shop.cancel(second)
      let third = try await shop.rollBack()
      let executor = shop.fixture.execute()
      try await shop.ended(third)
      #expect(try await shop.now(third).holdsAutoDeploy)
      try await shop.deployed(try await shop.image("c"))
      #expect(try await !shop.now(third).holdsAutoDeploy)
      await executor.drain()
    }
  }

  @Test func `holds auto-deploy until a person's deployment succeeds`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let (a, b) = (try await shop.image("a"), try await shop.image("b"))
      for image in [a, b] { try await shop.deployed(image) }
      let rollback = try await shop.rollBack()
      #expect(try await shop.binding()?.heldBy == rollback.id)
      try await shop.ended(rollback)
      #expect(try await shop.binding()?.heldBy == rollback.id)
      shop.world.answer("deploy", .fails(IntegrationError(.refused, "no")))
      #expect(try await shop.deployed(b).state == .failed)
      #expect(try await shop.binding()?.heldBy == rollback.id)
      try await shop.deployed(a)
      #expect(try await shop.binding()?.heldBy == "")
    }
  }

  @Test func `is not lifted by what was asked for before it`() async throws {
    try await Shop.with { (shop) async throws in
      let (a, b) = (try await shop.image("a"), try await shop.image("b"))
      let executor = shop.fixture.execute()
      for image in [a, b] { try await shop.deployed(image) }
      shop.world.hold()
      let running = try await shop.deploy(b)
      try await shop.until { reader in
        try reader.deployment(componentId: "shop", id: running.id)?.state == .inProgress ? 1 : nil
      }
      let rollback = try await shop.rollBack()
      shop.world.release()
      #expect(try await shop.ended(running).state == .succeeded)
      #expect(try await shop.ended(rollback).state == .succeeded)
      #expect(try await shop.binding()?.heldBy == rollback.id)
      await executor.drain()
    }
  }

  @Test func `is lifted by hand`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let (a, b) = (try await shop.image("a"), try await shop.image("b"))
      for image in [a, b] { try await shop.deployed(image) }
      try await shop.ended(try await shop.rollBack())
      let fixture = shop.fixture
      func resume(
        _ environmentId: String, _ options: MutationOptions = MutationOptions()
      ) async throws -> Bool {
        try await fixture.tracks.resumeAutoDeploy(
          ResumeAutoDeploy(
            componentId: "shop", trackId: shop.track.id, environmentId: environmentId,
            options: options), by: fixture.ada)
      }
      #expect(try await resume("dev", MutationOptions(validateOnly: true)))
      let options = MutationOptions(requestId: UniqueID.random().description)
      #expect(try await resume("dev", options))
      #expect(try await resume("dev", options))
      #expect(try await shop.binding()?.heldBy == "")
      #expect(try await !resume("dev"))
      #expect(try await !resume("prod"))
      await expectRefusal(.environmentNotFound, .notFound) { try await resume("missing") }
    }
  }
}
