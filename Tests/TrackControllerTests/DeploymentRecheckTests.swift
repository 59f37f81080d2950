import TestSupport
import Testing
import TrackController
import TrackDomain

/// The conditions of a deployment are checked again before it is published.
@Suite(.timeLimit(.minutes(2))) struct DeploymentRecheckTests {
  /// When the conditions of the deployment cease to hold.
  enum Moment: CaseIterable {
    /// It is not leased yet.
    case whileItWaits
    /// It is leased, and its commit is being made.
    case beforeItIsPublished
  }

  /// Accepts a deployment by `accept`, changes the active deployment by `meanwhile`, and lets it go
  /// on.
  ///
  /// - Returns: the deployment once it has ended.
  private func run(
    _ shop: Shop, _ moment: Moment, accept: () async throws -> Deployment,
    meanwhile: () async throws -> Void
  ) async throws -> Deployment {
    shop.world.hold()
    let accepted = try await accept()
    if moment == .whileItWaits { try await meanwhile() }
    let executor = shop.fixture.execute()
    if moment == .beforeItIsPublished {
      try await shop.until { reader in
        try reader.deployment(componentId: "shop", id: accepted.id)?.releaseId.isEmpty == false
          ? true : nil
      }
      try await meanwhile()
    }
    shop.world.release()
    let ended = try await shop.ended(accepted)
    try await shop.settled()
    await executor.drain()
    if ended.state == .cancelled {
      #expect(!shop.world.commits.map(\.deploymentId).contains(ended.id))
      let told = shop.world.reports.filter { $0.deploymentId == ended.id }.map(\.status)
      #expect(Set(told).isSubset(of: [.cancelled]))
      #expect(
        executor.events.contains {
          if case .cancelled(ended.id, ended.error) = $0 { true } else { false }
        })
    }
    return ended
  }

  @Test(arguments: Moment.allCases)
  func `is cancelled when its image is not active in the environment before it any more`(
    moment: Moment
  ) async throws {
    try await Shop.with { (shop) async throws in
      let (a, b) = (try await shop.image("a"), try await shop.image("b"))
      try await shop.makeActive(a)
      let ended = try await run(shop, moment) {
        try await shop.deploy(a, to: "stage")
      } meanwhile: {
        try await shop.makeActive(b)
      }
      #expect(ended.state == .cancelled)
      #expect(ended.error.hasPrefix("NOT_PROMOTED: image \(a.id) is not active"))
    }
  }

  @Test(arguments: Moment.allCases)
  func `a reason to bypass the order holds, and is kept when it is needed`(
    moment: Moment
  ) async throws {
    try await Shop.with { (shop) async throws in
      let (a, b) = (try await shop.image("a"), try await shop.image("b"))
      try await shop.makeActive(a)
      let ended = try await run(shop, moment) {
        try await shop.deploy(a, to: "stage") { $0.bypassReason = "hotfix" }
      } meanwhile: {
        try await shop.makeActive(b)
      }
      #expect(ended.state == .succeeded)
      #expect(ended.bypassReason == "hotfix")
    }
  }

  @Test(arguments: Moment.allCases)
  func `is cancelled when another deployment is active than its caller expected`(
    moment: Moment
  ) async throws {
    try await Shop.with { (shop) async throws in
      let (a, b) = (try await shop.image("a"), try await shop.image("b"))
      try await shop.makeActive(a)
      let expected = try #require(try await shop.binding()?.currentDeploymentId)
      let ended = try await run(shop, moment) {
        try await shop.deploy(b) { $0.expectedCurrentDeploymentId = expected }
      } meanwhile: {
        try await shop.makeActive(try await shop.image("c"))
      }
      #expect(ended.state == .cancelled)
      #expect(ended.error.hasPrefix("CURRENT_DEPLOYMENT_CHANGED: deployment "))
    }
  }

  @Test(arguments: [true, false])
  func `its kind is what it turns out to be`(isSame: Bool) async throws {
    try await Shop.with { (shop) async throws in
      let (a, b) = (try await shop.image("a"), try await shop.image("b"))
      try await shop.makeActive(a)
      shop.world.hold()
      let executor = shop.fixture.execute()
      // When the second one is accepted, `a` is active; when it begins, the image of the first one
      // is.
      let first = try await shop.deploy(b)
      try await shop.until { reader in
        try reader.deployment(componentId: "shop", id: first.id)?.state == .inProgress ? true : nil
      }
      let second = try await shop.deploy(isSame ? b : a)
      #expect(second.kind == (isSame ? .deploy : .redeploy))
      shop.world.release()
      #expect(try await shop.ended(second).kind == (isSame ? .redeploy : .deploy))
      await executor.drain()
    }
  }

  @Test func `a deployment whose publication has begun is not cancelled`() async throws {
    try await Shop.with { (shop) async throws in
      let (a, b) = (try await shop.image("a"), try await shop.image("b"))
      try await shop.makeActive(a)
      shop.world.answer("deploy", .answerIsLost)
      let executor = shop.fixture.execute()
      let promoted = try await shop.deploy(a, to: "stage")
      await executor.heard { if case .retrying = $0 { true } else { false } }
      try await shop.makeActive(b)
      shop.fixture.clock.advance(seconds: 60)
      executor.signals.wake()
      #expect(try await shop.ended(promoted).state == .succeeded)
      await executor.drain()
    }
  }

  // MARK: Conditions at acceptance

  @Test func `of many who expect the same one gets through`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let images = [
        try await shop.image("a"), try await shop.image("b"), try await shop.image("c"),
      ]
      let first = try await shop.deployed(images[0])
      let outcomes = await withTaskGroup(of: Deployment?.self) { group in
        for number in 0..<8 {
          group.addTask {
            try? await shop.deploy(images[number % 3]) { $0.expectedCurrentDeploymentId = first.id }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.compactMap { $0 }.count == 1)
      #expect(try await shop.history().count == 2)
    }
  }

  @Test func `what waits or is under way is a change, for a rollback too`() async throws {
    try await Shop.with { (shop) async throws in
      let (a, b) = (try await shop.image("a"), try await shop.image("b"))
      for image in [a, b] { try await shop.makeActive(image) }
      let current = try #require(try await shop.binding()?.currentDeploymentId)
      let waiting = try await shop.deploy(a)
      let error = await expectRefusal(.currentDeploymentChanged, .aborted) {
        try await shop.deploy(a) { $0.expectedCurrentDeploymentId = current }
      }
      #expect(error?.metadata["pending_deployment"] == waiting.id)
      #expect(error?.message.contains("deployment \(waiting.id) is on its way") == true)
      await expectRefusal(.currentDeploymentChanged, .aborted) {
        try await shop.rollBack { $0.expectedCurrentDeploymentId = current }
      }
      // The rule does not hold for another environment.
      let other = try await shop.deploy(a, to: "other")
      #expect(other.state == .queued)
      _ = try await shop.cancel(waiting)
      try await shop.deploy(a) { $0.expectedCurrentDeploymentId = current }
    }
  }
}
