import TestBasics
import TestSupport
import Testing
import TrackController
import TrackDomain

/// Callers that use a shop, systems outside that fail now and then, and processes that die.
final class RandomRun {
  private let shop: Shop
  private var random: SeededRandom
  private var tracks: [Track]
  private var images: [TrackImage] = []
  private var deployments: [Deployment] = []
  /// The deployments that callers expected to be active, by deployment.
  private var expectations: [String: String] = [:]
  private var executor: RunningExecutor?
  /// Calls that wait for a deletion.
  private var calls: [Task<Void, Never>] = []
  private let environments: [String]

  init(
    _ shop: Shop, seed: UInt64, tracks count: Int = 3,
    environments: [String] = ["dev", "stage", "aside", "other"]
  ) async throws {
    self.shop = shop
    self.environments = environments
    random = SeededRandom(seed: seed)
    tracks = [shop.track]
    for minor in 1..<count {
      tracks.append(try await shop.fixture.create("shop", "v3.\(minor)", branch: "main"))
    }
    for track in tracks {
      for name in ["a", "b"] { images.append(try await shop.image(name, track: track)) }
    }
  }

  private func number(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

  private func one<Element>(_ elements: [Element]) -> Element? {
    elements.isEmpty ? nil : elements[number(elements.count)]
  }

  // MARK: Actions

  func step() async throws {
    switch number(16) {
    case 0, 1, 2: try await deploy()
    case 3: try await rollBack()
    case 4: try await save()
    case 5: await cancel()
    case 6: delete()
    case 7, 8: fail()
    case 9: start()
    case 10: await kill()
    case 11: await stop()
    case 12: start(dyingAt: one(StepBoundary.allCases))
    default: tick(Int64(number(40)))
    }
    // Sometimes lets other tasks run before the next step.
    for _ in 0..<number(200) { await Task.yield() }
  }

  private func deploy() async throws {
    guard let image = one(images), let environment = one(environments) else { return }
    var request = DeploymentRequest(
      componentId: "shop", trackId: image.trackId, imageId: image.id, environmentId: environment)
    request.bypassReason = "chance"
    if number(2) == 0 {
      request.expectedCurrentDeploymentId = try await current(image.trackId, environment)
    }
    let chosen = request
    await attempt {
      let answer = try await self.shop.fixture.tracks.deploy(chosen, by: self.shop.fixture.ada)
      self.deployments.append(answer.deployment)
      self.expectations[answer.deployment.id] = chosen.expectedCurrentDeploymentId
    }
  }

  private func current(_ trackId: String, _ environmentId: String) async throws -> String {
    try await shop.store.read { reader in
      try reader.binding(
        componentId: "shop", trackId: trackId, environmentId: environmentId
      )?.currentDeploymentId ?? ""
    }
  }

  private func rollBack() async throws {
    guard let track = one(tracks), let environment = one(environments) else { return }
    await attempt {
      self.deployments.append(
        try await self.shop.fixture.tracks.rollBack(
          DeploymentRequest(componentId: "shop", trackId: track.id, environmentId: environment),
          by: self.shop.fixture.ada
        ).deployment)
    }
  }

  private func save() async throws {
    guard let track = one(tracks) else { return }
    let digit = String(number(10))
    await attempt {
      let tracks = self.shop.fixture.tracks
      _ = try await tracks.update(
        UpdateTrack(componentId: "shop", trackId: track.id, autoDeployEnabled: true),
        by: self.shop.fixture.ada)
      let saved = try await tracks.save(
        SaveTrackImage(
          organizationId: "paid", projectId: "paid", componentId: "shop", trackId: track.id,
          images: [ContainerImage(name: "app", reference: "registry.example/app:\(digit)")],
          commitHash: String(repeating: digit, count: 40), committedAt: self.shop.fixture.clock.now,
          runId: UniqueID.random().description), by: self.shop.fixture.ada)
      self.images.append(saved.image)
      if let deployment = saved.deployment { self.deployments.append(deployment) }
    }
  }

  private func cancel() async {
    guard let deployment = one(deployments) else { return }
    await attempt { _ = try await self.shop.cancel(deployment) }
  }

  private func delete() {
    guard let track = one(tracks) else { return }
    let (controller, ada) = (shop.fixture.tracks, shop.fixture.ada)
    calls.append(
      Task {
        _ = try? await controller.delete(
          DeleteTrack(componentId: "shop", trackId: track.id, force: true), by: ada)
      })
  }

  private func fail() {
    let systems = ["deploy", "receipt", "createReleases", "updateStatuses", "delete"]
    let down = IntegrationError(.unavailable, "down")
    let answers: [FakeWorld.Answer] = [
      .fails(down), .fails(down), .hangs, .isStuck, .answerIsLost,
      .fails(IntegrationError(.refused, "no")),
      .fails(IntegrationError(.unavailable, "is left alone", retryAfter: .seconds(20))),
    ]
    guard let system = one(systems), let answer = one(answers) else { return }
    shop.world.answer(system, answer)
  }

  private func tick(_ seconds: Int64) {
    shop.fixture.clock.advance(seconds: number(20) == 0 ? -3600 : seconds)
    executor?.signals.wake()
  }

  /// Refusals by a rule do not count as failures.
  private func attempt(_ body: () async throws -> Void) async {
    do {
      try await body()
    } catch is DomainError {
    } catch {
      Issue.record(error)
    }
  }

  // MARK: Processes

  private func start(dyingAt death: StepBoundary? = nil) {
    guard executor == nil else { return }
    var options = ExecutorOptions(stepTimeout: .milliseconds(10))
    options.patience = .milliseconds(10)
    executor = shop.fixture.execute(signals: OperationSignals(), options: options, death: death)
  }

  private func kill() async {
    await executor?.kill()
    executor = nil
  }

  private func stop() async {
    await executor?.drain()
    executor = nil
  }

  // MARK: The end

  /// Makes all systems work from now on, and waits until every operation has ended.
  func finish() async throws {
    await kill()
    shop.world.recover()
    start()
    for _ in 0..<5000 {
      if try await isOver() { break }
      shop.fixture.clock.advance(seconds: 1)
      executor?.signals.wake()
      try await Task.sleep(for: .milliseconds(1))
    }
    #expect(try await isOver())
    await stop()
    for call in calls {
      call.cancel()
      await call.value
    }
    for deployment in deployments {
      let id = deployment.id
      let now = try await shop.store.read { try $0.deployment(componentId: "shop", id: id) }
      // A deleted track has no history any more.
      if let now { #expect(now.state.isFinal, "\(now)") }
    }
    let published = shop.world.commits.map(\.deploymentId)
    #expect(Set(published).count == published.count)
    try await checkSuccesses()
    try await checkHolds()
  }

  /// Checks that the history agrees with the bindings about holds of auto-deploy.
  private func checkHolds() async throws {
    for track in tracks {
      let (held, told) = try await shop.store.read { reader in
        let page = try reader.deployments(
          DeploymentQuery(componentId: "shop", trackId: track.id, limit: 1000))
        let bindings = try reader.bindings(componentId: "shop", trackId: track.id)
        return (
          Set(bindings.map(\.heldBy).filter { !$0.isEmpty }),
          Set(page.deployments.filter(\.holdsAutoDeploy).map(\.id))
        )
      }
      #expect(held == told)
    }
  }

  /// Checks that each deployment that succeeded replaced the one that its caller expected, and has
  /// the kind that follows from the active image.
  private func checkSuccesses() async throws {
    var active: [[String]: Deployment] = [:]
    var ended: Set<String> = []
    for logged in try await shop.fixture.changes() where logged.change.resource == .deployment {
      let deployment = try Snapshot.deployment(logged.change.snapshot)
      guard deployment.state == .succeeded, ended.insert(deployment.id).inserted else { continue }
      let former = active.updateValue(
        deployment, forKey: [deployment.trackId, deployment.environmentId])
      if let expected = expectations[deployment.id], !expected.isEmpty {
        #expect(former?.id == expected, "\(deployment)")
      }
      if deployment.kind == .deploy || deployment.kind == .redeploy {
        let isSame = former?.imageId == deployment.imageId
        #expect(deployment.kind == (isSame ? .redeploy : .deploy), "\(deployment)")
      }
    }
  }

  /// Whether no operation is left, leased ones included.
  private func isOver() async throws -> Bool {
    let tracks = tracks
    return try await shop.store.read { reader in
      for track in tracks
      where try reader.hasOperations(componentId: "shop", trackId: track.id, besides: "") {
        return false
      }
      return true
    }
  }
}
