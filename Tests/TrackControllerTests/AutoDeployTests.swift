import TestSupport
import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct AutoDeployTests {
  /// A fixture with a pipeline, and the track `one` of `service`.
  private func with(
    autoDeploy: Bool = true, _ body: (Fixture) async throws -> Void
  ) async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.putPipeline()
      try await fixture.create(
        "service", "v1.0", id: "one", branch: "main", autoDeploy: autoDeploy)
      try await body(fixture)
    }
  }

  @Test func `starts in the first environment of the default pipeline`() async throws {
    try await with { (fixture) async throws in
      let before = try await fixture.lastPlace()
      let saved = try await fixture.save("one", commit: 1)
      #expect(saved.image.autoDeploy.decision == .started)
      #expect(saved.explanation.isEmpty)
      let deployment = try #require(saved.deployment)
      #expect(deployment.id == saved.image.autoDeploy.deploymentId)
      #expect(deployment.environmentId == "dev")
      #expect(deployment.kind == .auto && deployment.state == .queued)
      #expect(deployment.imageId == saved.image.id)
      #expect(deployment.actor == fixture.ada)
      let operation = try await fixture.store.read { try $0.operation(id: deployment.id) }
      #expect(operation?.step == .accepted)
      let changes = try await fixture.changes(after: before).map(\.change.resource)
      #expect(changes == [.image, .deployment])
    }
  }

  @Test func `takes the environment that the save names`() async throws {
    try await with { (fixture) async throws in
      try await fixture.put(EnvironmentDraft(id: "lab", projectId: "paid", name: "Lab"))
      let saved = try await fixture.save("one", commit: 1) { $0.environmentId = "lab" }
      #expect(saved.deployment?.environmentId == "lab")
    }
  }

  @Test func `is DISABLED without auto-deploy, whatever environment is named`() async throws {
    try await with(autoDeploy: false) { (fixture) async throws in
      let saved = try await fixture.save("one", commit: 1) { $0.environmentId = "dev" }
      #expect(saved.image.autoDeploy.decision == .disabled)
      #expect(saved.deployment == nil)
      #expect(saved.image.autoDeploy.reason.isEmpty)
    }
  }

  @Test func `is UNVERSIONED for an image without a track`() async throws {
    try await with { (fixture) async throws in
      let saved = try await fixture.save("", commit: 1) { $0.branch = "main" }
      #expect(saved.image.autoDeploy.decision == .unversioned)
      #expect(saved.deployment == nil)
    }
  }

  @Test func `is BRANCH_UNLINKED for a track without a branch`() async throws {
    try await with { (fixture) async throws in
      // Auto-deploy of a component that brought its image, and is now built from source.
      try await fixture.put(
        ComponentDraft(
          id: "byoi", projectId: "paid", type: .webApp, imageSource: .registry,
          defaultPipelineId: "line"))
      try await fixture.create("byoi", id: "two", autoDeploy: true)
      try await fixture.put(
        ComponentDraft(id: "byoi", projectId: "paid", type: .webApp, defaultPipelineId: "line"))
      let saved = try await fixture.save("two", commit: 1) { $0.componentId = "byoi" }
      #expect(saved.image.autoDeploy.decision == .branchUnlinked)
    }
  }

  @Test func `is NO_ENVIRONMENT without a pipeline`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "one", branch: "main", autoDeploy: true)
      let saved = try await fixture.save("one", commit: 1)
      #expect(saved.image.autoDeploy.decision == .noEnvironment)
    }
  }

  @Test func `is HELD after a rollback, until somebody resumes it`() async throws {
    try await with { (fixture) async throws in
      for commit in [1, 2] as [Int64] {
        try await fixture.succeed(fixture.save("one", commit: commit).deployment)
      }
      let rollback = try await fixture.tracks.rollBack(
        DeploymentRequest(componentId: "service", trackId: "one"), by: fixture.ada
      ).deployment
      let held = try await fixture.save("one", commit: 3)
      #expect(held.image.autoDeploy.decision == .held)
      #expect(held.explanation.contains(rollback.id))
      _ = try await fixture.tracks.resumeAutoDeploy(
        ResumeAutoDeploy(componentId: "service", trackId: "one", environmentId: "dev"),
        by: fixture.ada)
      // A repeated save gets the same answer again.
      #expect(try await fixture.save("one", commit: 3) == held)
      let next = try await fixture.save("one", commit: 4)
      #expect(next.image.autoDeploy.decision == .started)
    }
  }

  @Test func `is STALE_COMMIT against what is active, and against what is on its way`()
    async throws
  {
    try await with { (fixture) async throws in
      let pending = try await fixture.save("one", commit: 10)
      #expect(try await fixture.save("one", commit: 9).image.autoDeploy.decision == .staleCommit)
      try await fixture.succeed(pending.deployment)
      let stale = try await fixture.save("one", commit: 8)
      #expect(stale.image.autoDeploy.decision == .staleCommit)
      #expect(stale.explanation.contains(pending.image.id))
      let tie = try await fixture.save("one", commit: 10, run: "again")
      #expect(tie.image.autoDeploy.decision == .started)
      // The other environment has no newer image.
      try await fixture.put(EnvironmentDraft(id: "lab", projectId: "paid", name: "Lab"))
      let elsewhere = try await fixture.save("one", commit: 7) { $0.environmentId = "lab" }
      #expect(elsewhere.image.autoDeploy.decision == .started)
    }
  }

  @Test func `is STALE_COMMIT against what is in progress`() async throws {
    try await with { (fixture) async throws in
      let running = try #require(try await fixture.save("one", commit: 10).deployment)
      try await fixture.store.write { transaction in
        var deployment = running
        deployment.state = .inProgress
        deployment.startedAt = running.createdAt
        try transaction.updateDeployment(deployment)
      }
      #expect(try await fixture.save("one", commit: 9).image.autoDeploy.decision == .staleCommit)
      #expect(try await fixture.save("one", commit: 11).image.autoDeploy.decision == .started)
    }
  }

  @Test func `supersedes what waits`() async throws {
    try await with { (fixture) async throws in
      let first = try #require(try await fixture.save("one", commit: 1).deployment)
      let second = try #require(try await fixture.save("one", commit: 2).deployment)
      let states = try await fixture.store.read { reader in
        try [first, second].map { deployment in
          try reader.deployment(componentId: "service", id: deployment.id)?.state
        }
      }
      #expect(states == [.superseded, .queued])
    }
  }

  @Test(arguments: [
    ("prod", "NOT_PROMOTED"), ("nowhere", "ENVIRONMENT_NOT_FOUND"),
    ("abroad", "ENVIRONMENT_NOT_FOUND"),
  ])
  func `is REFUSED by the rules of deployments, and the image is saved`(
    environment: String, reason: String
  ) async throws {
    try await with { (fixture) async throws in
      try await fixture.put(EnvironmentDraft(id: "abroad", projectId: "free", name: "Abroad"))
      let saved = try await fixture.save("one", commit: 1) { $0.environmentId = environment }
      #expect(saved.image.autoDeploy.decision == .refused)
      #expect(saved.image.autoDeploy.reason == reason)
      #expect(!saved.explanation.isEmpty)
      #expect(try await fixture.images("one").images.map(\.image) == [saved.image])
    }
  }

  @Test func `replays with the deployment that it started, and starts no other`() async throws {
    try await with { (fixture) async throws in
      let first = try await fixture.save("one", commit: 1)
      try await fixture.succeed(first.deployment)
      let again = try await fixture.save("one", commit: 1)
      #expect(again.image == first.image)
      #expect(again.deployment?.id == first.deployment?.id)
      #expect(again.deployment?.state == .succeeded)
      let history = try await fixture.tracks.deployments(
        ListDeployments(componentId: "service", trackId: "one"))
      #expect(history.deployments.count == 1)
    }
  }
}
