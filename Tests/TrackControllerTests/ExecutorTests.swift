import TestSupport
import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct ExecutorTests {
  private let down = IntegrationError(.unavailable, "down")

  private func isRetry(_ event: ExecutorEvent) -> Bool {
    if case .retrying = event { true } else { false }
  }

  // MARK: Success

  @Test func `brings a deployment into its environment and tells everybody`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let image = try await shop.image("a")
      let deployment = try await shop.deployed(image)
      #expect(deployment.state == .succeeded)
      #expect(deployment.gitopsHash == "commit-1")
      #expect(deployment.releaseId == "release-\(deployment.id)")
      #expect(deployment.startedAt != nil)
      #expect(deployment.endedAt != nil)
      #expect(
        try await shop.binding()
          == EnvironmentBinding(
            componentId: "shop", trackId: shop.track.id, environmentId: "dev",
            currentDeploymentId: deployment.id, currentImageId: image.id,
            place: DeploymentPlace(repositoryURL: "", branch: "", path: "dev")))
      try await shop.settled()
      #expect(shop.world.reports.map(\.status) == [.succeeded])
      #expect(shop.world.commits.map(\.deploymentId) == [deployment.id])
    }
  }

  @Test func `logs every state of a deployment`() async throws {
    try await Shop.with { (shop) async throws in
      let deployment = try await shop.deploy(try await shop.image("a"))
      let before = try await shop.fixture.lastPlace()
      let executor = shop.fixture.execute()
      try await shop.ended(deployment)
      await executor.drain()
      let states = try await shop.fixture.changes(after: before).map {
        try Snapshot.deployment($0.change.snapshot).state
      }
      #expect(states == [.inProgress, .inProgress, .succeeded])
    }
  }

  @Test func `uses the release that the caller has`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let ids = ReleaseIds(releaseId: "r", releaseDeploymentId: "d")
      let deployment = try await shop.deployed(try await shop.image("a")) { $0.releaseIds = ids }
      #expect(deployment.releaseId == "r")
      try await shop.settled()
      #expect(shop.world.releases == [])
      #expect(shop.world.reports.map(\.ids) == [ids])
    }
  }

  @Test func `the deployer gets the configuration that was accepted`() async throws {
    try await Shop.with { (shop) async throws in
      func configure(_ endpoint: String, _ tier: String) async throws {
        _ = try await shop.fixture.tracks.updateConfigs(
          UpdateTrackConfigs(
            componentId: "shop", trackId: shop.track.id,
            endpoints: [EndpointDraft(name: endpoint, type: .rest, port: 8080)],
            apiSettings: APISettings(rateLimitTier: tier),
            environmentVariables: [.init(name: "TIER", source: .value(tier))]),
          by: shop.fixture.ada)
      }
      let image = try await shop.image("a")
      var deployments = [try await shop.deploy(image)]
      try await configure("one", "GOLD")
      deployments.append(try await shop.deploy(image, to: "aside"))
      try await configure("two", "SILVER")
      deployments.append(
        try await shop.deploy(image, to: "other") {
          $0.apiSettings = APISettings(rateLimitTier: "BRONZE")
        })
      try await configure("three", "SILVER")
      let executor = shop.fixture.execute()
      var configs: [TrackConfigs] = []
      for deployment in deployments {
        try await shop.ended(deployment)
        let order = shop.world.orders.first { $0.deployment.id == deployment.id }
        configs.append(try #require(order).configs)
      }
      #expect(configs[0] == TrackConfigs())
      #expect(configs.map { $0.endpoints.map(\.name) } == [[], ["one"], ["two"]])
      #expect(configs.map { $0.apiSettings?.rateLimitTier } == [nil, "GOLD", "BRONZE"])
      #expect(
        configs.map { $0.environmentVariables.map(\.source) }
          == [[], [.value("GOLD")], [.value("SILVER")]])
      await executor.drain()
    }
  }

  // MARK: One at a time, many together

  @Test func `does one deployment at a time, and the newest of those that wait`() async throws {
    try await Shop.with { (shop) async throws in
      shop.world.hold()
      let executor = shop.fixture.execute()
      let image = try await shop.image("a")
      let first = try await shop.deploy(image)
      try await shop.until {
        try $0.deployment(componentId: "shop", id: first.id)?.state == .inProgress ? true : nil
      }
      let second = try await shop.deploy(image)
      #expect(try await shop.now(second).state == .queued)
      let third = try await shop.deploy(image)
      shop.world.release()
      #expect(try await shop.ended(third).state == .succeeded)
      #expect(try await shop.now(second).state == .superseded)
      #expect(shop.world.commits.map(\.deploymentId) == [first.id, third.id])
      await executor.drain()
    }
  }

  @Test func `does many deployments in few batches`() async throws {
    try await Shop.with { (shop) async throws in
      var tracks: [Track] = []
      for minor in 1...40 {
        tracks.append(try await shop.fixture.create("shop", "v2.\(minor)", branch: "main"))
      }
      var deployments: [Deployment] = []
      for track in tracks {
        let image = try await shop.image("a", track: track)
        deployments.append(try await shop.deploy(image) { $0.trackId = track.id })
      }
      let executor = shop.fixture.execute()
      for deployment in deployments {
        #expect(try await shop.ended(deployment).state == .succeeded)
      }
      await executor.drain()
      #expect(shop.world.batches == [40])
      #expect(shop.world.commits.count == 40)
    }
  }

  @Test func `lanes do not wait for each other`() async throws {
    try await Shop.with { (shop) async throws in
      let image = try await shop.image("a")
      shop.world.answer("deploy", .hangs)
      let executor = shop.fixture.execute()
      let stuck = try await shop.deploy(image)
      try await shop.until {
        try $0.deployment(componentId: "shop", id: stuck.id)?.releaseId.isEmpty == false
          ? true : nil
      }
      while shop.world.batches.isEmpty { await Task.yield() }
      #expect(try await shop.deployed(image, to: "other").state == .succeeded)
      #expect(try await shop.now(stuck).state == .inProgress)
      await executor.kill()
    }
  }

  // MARK: Failure

  @Test(arguments: ["createReleases", "deploy"])
  func `fails at once where trying again does not help`(system: String) async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let image = try await shop.image("a")
      let before = try await shop.deployed(image)
      shop.world.answer(system, .fails(IntegrationError(.refused, "not you")))
      let deployment = try await shop.deployed(try await shop.image("b"))
      #expect(deployment.state == .failed)
      #expect(deployment.error == "not you")
      #expect(try await shop.binding()?.currentDeploymentId == before.id)
      try await shop.settled()
      let report = shop.world.reports.first { $0.deploymentId == deployment.id }
      #expect(report?.status == (system == "deploy" ? .failed : nil))
      #expect(report?.message == (system == "deploy" ? "not you" : nil))
      // The waiting deployment goes on.
      #expect(try await shop.deployed(image).state == .succeeded)
    }
  }

  @Test(arguments: ["createReleases", "deploy", "updateStatuses"])
  func `tries again later what is down`(system: String) async throws {
    try await Shop.with { (shop) async throws in
      shop.world.answer(system, .fails(down), .fails(down))
      let executor = shop.fixture.execute()
      let deployment = try await shop.deploy(try await shop.image("a"))
      for attempt in 1...2 {
        await executor.heard {
          if case .retrying(_, let attempts, let error) = $0 {
            attempts == attempt && error == "down"
          } else {
            false
          }
        }
        let operation = try #require(try await shop.operation(deployment))
        #expect(operation.lease == nil)
        #expect(operation.lastError == "down")
        let pause = operation.dueAt.microseconds - shop.fixture.clock.now.microseconds
        #expect(pause == Int64(attempt) * 1_000_000)
        shop.fixture.clock.advance(seconds: Int64(attempt))
        shop.fixture.signals.wake()
      }
      try await shop.settled()
      #expect(try await shop.now(deployment).state == .succeeded)
      #expect(shop.world.reports.map(\.status) == [.succeeded])
      await executor.drain()
    }
  }

  @Test func `gives up after so many attempts`() async throws {
    try await Shop.with { (shop) async throws in
      let options = ExecutorOptions(stepAttempts: 3)
      let executor = shop.fixture.execute(options: options)
      shop.world.answer("deploy", .fails(down), .fails(down), .fails(down))
      let deployment = try await shop.deploy(try await shop.image("a"))
      for attempt in 1...2 {
        await executor.heard {
          if case .retrying(_, let attempts, _) = $0 { attempts == attempt } else { false }
        }
        shop.fixture.clock.advance(seconds: 30)
        shop.fixture.signals.wake()
      }
      let failed = try await shop.ended(deployment)
      #expect(failed.state == .failed)
      #expect(failed.error == "down")
      try await shop.settled()
      #expect(shop.world.reports.map(\.status) == [.failed])
      await executor.drain()
    }
  }

  @Test func `drops what release management never takes`() async throws {
    try await Shop.with { (shop) async throws in
      let executor = shop.fixture.execute(options: ExecutorOptions(stepAttempts: 1))
      shop.world.answer("updateStatuses", .fails(down))
      let deployment = try await shop.deployed(try await shop.image("a"))
      try await shop.settled()
      #expect(deployment.state == .succeeded)
      await executor.heard {
        if case .reportDropped(deployment.id, "down") = $0 { true } else { false }
      }
      await executor.drain()
    }
  }

  // MARK: Time limits

  @Test(arguments: [FakeWorld.Answer.hangs, .isStuck])
  func `does not wait for ever`(answer: FakeWorld.Answer) async throws {
    try await Shop.with { (shop) async throws in
      // A busy machine may be too slow even for a step that works.
      var options = ExecutorOptions(stepTimeout: .milliseconds(20), stepAttempts: 1000)
      options.patience = .milliseconds(20)
      let executor = shop.fixture.execute(options: options)
      shop.world.answer("deploy", answer)
      let deployment = try await shop.deploy(try await shop.image("a"))
      #expect(try await shop.endedInTime(deployment).state == .succeeded)
      await executor.heard(isRetry)
      #expect(shop.world.commits.count == 1)
      await executor.drain()
    }
  }

  // MARK: Unknown whether it was published

  @Test func `finds what was published though the answer was lost`() async throws {
    try await Shop.with { (shop) async throws in
      shop.world.answer("deploy", .answerIsLost)
      let executor = shop.fixture.execute()
      let deployment = try await shop.deploy(try await shop.image("a"))
      await executor.heard(isRetry)
      shop.fixture.clock.advance(seconds: 1)
      shop.fixture.signals.wake()
      #expect(try await shop.ended(deployment).gitopsHash == "commit-1")
      #expect(shop.world.batches == [1])
      await executor.drain()
    }
  }

  @Test func `looks once more before it gives up`() async throws {
    try await Shop.with { (shop) async throws in
      shop.world.answer("deploy", .answerIsLost)
      let executor = shop.fixture.execute(options: ExecutorOptions(stepAttempts: 1))
      let deployment = try await shop.deployed(try await shop.image("a"))
      #expect(deployment.state == .succeeded)
      #expect(deployment.gitopsHash == "commit-1")
      await executor.drain()
    }
  }
}

/// An executor on a machine that misbehaves.
@Suite(.timeLimit(.minutes(2))) struct ExecutorTroubleTests {
  @Test func `a clock that is set back holds nothing up`() async throws {
    try await Shop.with { (shop) async throws in
      let deployment = try await shop.deploy(try await shop.image("a"))
      shop.fixture.clock.advance(seconds: -86_400)
      let executor = shop.fixture.execute()
      let ended = try await shop.ended(deployment)
      #expect(ended.state == .succeeded)
      // Even so, times do not run backwards.
      let started = try #require(ended.startedAt)
      #expect(ended.createdAt <= started)
      #expect(started <= (ended.endedAt ?? Timestamp(microseconds: 0)))
      await executor.drain()
    }
  }

  @Test func `what the deployer does not find fails a deployment`() async throws {
    try await Shop.with { (shop) async throws in
      let deployment = try await shop.deploy(try await shop.image("a"))
      shop.world.answer(
        "deploy", .fails(IntegrationError(.notFound, "the repository does not exist")))
      let executor = shop.fixture.execute()
      let ended = try await shop.ended(deployment)
      #expect(ended.state == .failed)
      #expect(ended.error == "the repository does not exist")
      try await shop.settled()
      #expect(executor.events.count == 1)
      await executor.drain()
    }
  }

  @Test func `bounds what others say`() async throws {
    try await Shop.with { (shop) async throws in
      let long = String(repeating: "x", count: 5000)
      shop.world.answer("deploy", .fails(IntegrationError(.refused, long)))
      let executor = shop.fixture.execute()
      let ended = try await shop.ended(try await shop.deploy(try await shop.image("a")))
      #expect(ended.error.count == 1024)
      await executor.drain()
    }
  }

  @Test func `a cancelled deployment leaves the active one, and unblocks the next`() async throws {
    try await Shop.with { (shop) async throws in
      let executor = shop.fixture.execute()
      let first = try await shop.deployed(try await shop.image("a"))
      shop.world.hold()
      let second = try await shop.deploy(try await shop.image("b"))
      try await shop.until {
        try $0.deployment(componentId: "shop", id: second.id)?.releaseId.isEmpty == false
          ? true : nil
      }
      let third = try await shop.deploy(try await shop.image("c"))
      #expect(try await shop.now(third).state == .queued)
      _ = try await shop.cancel(second)
      #expect(try await shop.binding()?.currentDeploymentId == first.id)
      shop.world.release()
      #expect(try await shop.ended(third).state == .succeeded)
      await executor.drain()
    }
  }
}
