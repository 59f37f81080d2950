import TestSupport
import Testing
import TrackDomain

@testable import TrackController

/// Lanes do not affect each other.
@Suite(.timeLimit(.minutes(2))) struct ExecutorLaneTests {
  private let dead = "https://dead.example/repository"

  /// Deployments of as many tracks into `dev`, whose repository does not answer.
  private func queued(_ count: Int, _ shop: Shop) async throws -> [Deployment] {
    try await move(shop, "dev", to: dead)
    shop.world.bury(dead)
    var deployments: [Deployment] = []
    for minor in 1...count {
      let track = try await shop.fixture.create("shop", "v2.\(minor)", branch: "main")
      let image = try await shop.image("a", track: track)
      deployments.append(try await shop.deploy(image) { $0.trackId = track.id })
    }
    return deployments
  }

  private func move(_ shop: Shop, _ environmentId: String, to url: String) async throws {
    try await shop.fixture.put(
      EnvironmentDraft(
        id: environmentId, projectId: "paid", name: environmentId, gitopsRepositoryURL: url))
  }

  /// Deploys, on a clock that stands still.
  private func deployNow(_ shop: Shop, to environmentId: String) async throws -> Deployment {
    var request = shop.request(
      try await shop.image(UniqueID.random().description), to: environmentId)
    request.bypassReason = "now"
    return try await shop.ended(
      try await shop.fixture.tracks.deploy(request, by: shop.fixture.ada).deployment)
  }

  private func states(
    _ deployments: [Deployment], _ shop: Shop
  ) async throws -> [DeploymentState: Int] {
    var states: [DeploymentState: Int] = [:]
    for deployment in deployments { states[try await shop.now(deployment).state, default: 0] += 1 }
    return states
  }

  @Test func `a queue for a dead repository costs nothing but a probe now and then`() async throws {
    try await Shop.with { (shop) async throws in
      let waiting = try await queued(100, shop)
      let executor = shop.fixture.execute()
      await executor.heard { if case .retrying = $0 { true } else { false } }
      // All other environments go on at once.
      for environment in ["stage", "aside", "other"] {
        #expect(try await deployNow(shop, to: environment).state == .succeeded)
      }
      // One batch was tried; the other deployments wait unchanged.
      #expect(try await states(waiting, shop) == [.inProgress: 64, .queued: 36])
      #expect(shop.world.calls(of: dead) == 1)
      shop.fixture.signals.wake()
      #expect(try await deployNow(shop, to: "aside").state == .succeeded)
      #expect(shop.world.calls(of: dead) == 1)
      await executor.drain()
    }
  }

  @Test func `what waits is deployed to the environment as it is when it is repaired`() async throws
  {
    try await Shop.with { (shop) async throws in
      let waiting = try await queued(70, shop)
      let executor = shop.fixture.execute()
      await executor.heard { if case .retrying = $0 { true } else { false } }
      try await move(shop, "dev", to: "https://alive.example/repository")
      // The deployments of the batch wait for their next attempt; the others go at once.
      for deployment in waiting.suffix(6) {
        #expect(try await shop.ended(deployment).state == .succeeded)
      }
      shop.fixture.clock.advance(seconds: 1)
      executor.signals.wake()
      for deployment in waiting { #expect(try await shop.ended(deployment).state == .succeeded) }
      #expect(shop.world.calls(of: dead) == 1)
      #expect(Set(shop.world.commits.map(\.deploymentId)).count == 70)
      await executor.drain()
    }
  }

  @Test func `a dead repository is asked less and less often`() async throws {
    try await Shop.with { (shop) async throws in
      let waiting = try await queued(2, shop)
      let executor = shop.fixture.execute()
      for (attempt, pause) in [1, 2, 4].enumerated() {
        await executor.heard {
          if case .retrying(waiting[0].id, Int32(attempt + 1), _) = $0 { true } else { false }
        }
        #expect(shop.world.calls(of: dead) == attempt + 1)
        shop.fixture.clock.advance(seconds: Int64(pause))
        executor.signals.wake()
      }
      shop.world.raise(dead)
      shop.fixture.clock.advance(seconds: 8)
      executor.signals.wake()
      for deployment in waiting { #expect(try await shop.ended(deployment).state == .succeeded) }
      await executor.drain()
    }
  }

  @Test func `a long queue of an environment leaves room for the others of its lane`() async throws
  {
    try await Shop.with { (shop) async throws in
      shop.world.hold()
      var crowd: [Deployment] = []
      for minor in 1...80 {
        let track = try await shop.fixture.create("shop", "v2.\(minor)", branch: "main")
        let image = try await shop.image("a", track: track)
        crowd.append(try await shop.deploy(image) { $0.trackId = track.id })
      }
      let lone = try await shop.deploy(try await shop.image("b"), to: "aside")
      let executor = shop.fixture.execute()
      // It is in the first batch, although 80 operations came before it.
      try await shop.until {
        try $0.deployment(componentId: "shop", id: lone.id)?.state == .inProgress ? true : nil
      }
      #expect(try await shop.now(crowd[79]).state == .queued)
      shop.world.release()
      for deployment in crowd + [lone] {
        #expect(try await shop.ended(deployment).state == .succeeded)
      }
      #expect(shop.world.batches == [64, 17])
      await executor.drain()
    }
  }

  @Test func `nobody was asked: that is no attempt, and the pause is what was wished for`()
    async throws
  {
    try await Shop.with { (shop) async throws in
      let wish = IntegrationError(.unavailable, "is left alone", retryAfter: .seconds(7))
      shop.world.answer("deploy", .fails(wish), .fails(wish), .fails(wish))
      let executor = shop.fixture.execute(options: ExecutorOptions(stepAttempts: 2))
      let deployment = try await shop.deploy(try await shop.image("a"))
      for call in 1...3 {
        await shop.eventually { shop.world.batches.count == call }
        try await shop.until {
          try $0.operation(id: deployment.id)?.lease == nil ? true : nil
        }
        let operation = try #require(try await shop.operation(deployment))
        #expect(operation.attempts == 0)
        #expect(operation.lastError == "is left alone")
        #expect(operation.dueAt == shop.fixture.clock.now.after(.seconds(7)))
        let told = try await shop.now(deployment).attempts
        #expect(told?.count == 0)
        #expect(told?.nextAt == operation.dueAt)
        shop.fixture.clock.advance(seconds: 7)
        executor.signals.wake()
      }
      #expect(try await shop.ended(deployment).state == .succeeded)
      await executor.drain()
    }
  }

  @Test(arguments: [(0, 1), (60, 60), (61, 60), (1_000_000, 60)])
  func `a wish counts between a second and a minute`(wish: Int64, seconds: Int64) {
    var operation = Operation(
      id: "o", kind: .deployment, componentId: "c", trackId: "t", environmentId: "e",
      dueAt: .earliest, createdAt: .earliest, actor: Principal(name: "", isVerified: false))
    let now = Timestamp(microseconds: 0)
    operation.fail("later", at: now, retryAfter: .seconds(wish))
    #expect(operation.dueAt == now.after(.seconds(seconds)))
    #expect(operation.attempts == 0)
  }

  @Test func `pauses between attempts double up to half a minute`() {
    let pauses = (0...8).map { ExecutorOptions.backoff(afterAttempts: $0) / 1_000_000 }
    #expect(pauses == [1, 1, 2, 4, 8, 16, 30, 30, 30])
    #expect(ExecutorOptions.backoff(afterAttempts: .max) == 30_000_000)
    #expect(ExecutorOptions.backoff(afterAttempts: .min) == 1_000_000)
  }

  // MARK: Reasons for waiting

  @Test func `a deployment that is tried again tells why, how often and when`() async throws {
    try await Shop.with { (shop) async throws in
      shop.world.answer("deploy", .fails(IntegrationError(.unavailable, "no route to host")))
      let executor = shop.fixture.execute()
      let deployment = try await shop.deploy(try await shop.image("a"))
      #expect(deployment.attempts == nil)
      await executor.heard { if case .retrying = $0 { true } else { false } }
      let expected = DeploymentAttempts(
        count: 1, lastError: "no route to host",
        nextAt: shop.fixture.clock.now.after(.seconds(1)))
      #expect(try await shop.now(deployment).attempts == expected)
      #expect(try await shop.history().first?.attempts == expected)
      // Watches learn of it, too.
      let change = try #require(try await shop.fixture.changes().last).change
      #expect(change.resourceId == deployment.id)
      #expect(try Snapshot.deployment(change.snapshot).attempts == expected)
      shop.fixture.clock.advance(seconds: 1)
      executor.signals.wake()
      let ended = try await shop.ended(deployment)
      #expect(ended.state == .succeeded)
      #expect(ended.attempts == nil)
      let last = try #require(try await shop.fixture.changes().last).change
      #expect(try Snapshot.deployment(last.snapshot).attempts == nil)
      await executor.drain()
    }
  }
}
