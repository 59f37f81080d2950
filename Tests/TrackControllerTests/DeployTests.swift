import TestSupport
import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct DeployTests {
  // MARK: The target

  @Test func `goes into the first environment of the default pipeline`() async throws {
    try await Shop.with { (shop) async throws in
      let image = try await shop.image("a")
      #expect(try await shop.deploy(image).environmentId == "dev")
      let fast = try await shop.deploy(image) { $0.pipelineId = "fast" }
      #expect(fast.environmentId == "aside")
      #expect(try await shop.deploy(image, to: "other").environmentId == "other")
    }
  }

  @Test func `refuses an environment outside of the given pipeline`() async throws {
    try await Shop.with { (shop) async throws in
      let image = try await shop.image("a")
      await expectRefusal(.environmentNotInPipeline, .invalidArgument) {
        try await shop.deploy(image, to: "dev") { $0.pipelineId = "fast" }
      }
    }
  }

  @Test(arguments: [
    ("missing", "", ErrorReason.environmentNotFound), ("foreign", "", .environmentNotFound),
    ("", "missing", .deploymentPipelineNotFound), ("", "far", .deploymentPipelineNotFound),
  ])
  func `finds only what is of its project`(
    environmentId: String, pipelineId: String, reason: ErrorReason
  ) async throws {
    try await Shop.with { (shop) async throws in
      let image = try await shop.image("a")
      await expectRefusal(reason, .notFound) {
        try await shop.deploy(image, to: environmentId) { $0.pipelineId = pipelineId }
      }
    }
  }

  @Test func `needs an environment from somewhere`() async throws {
    try await Shop.with { (shop) async throws in
      try await shop.fixture.put(
        ComponentDraft(id: "shop", projectId: "paid", type: .service, autoBuildOnCommit: true))
      let image = try await shop.image("a")
      await expectRefusal(.noEnvironment, .failedPrecondition) { try await shop.deploy(image) }
      #expect(try await shop.deploy(image, to: "prod").environmentId == "prod")
    }
  }

  // MARK: The image

  @Test func `takes only images of its own track`() async throws {
    try await Shop.with { (shop) async throws in
      let other = try await shop.fixture.create("shop", "v2.0", branch: "next")
      let foreign = try await shop.image("a", track: other)
      await expectRefusal(.imageNotInTrack, .failedPrecondition) { try await shop.deploy(foreign) }
      await expectRefusal(.imageNotFound, .notFound) {
        try await shop.deploy(foreign) { $0.imageId = "missing" }
      }
    }
  }

  @Test func `an unlinked track deploys only what it deployed before`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let (old, new) = (try await shop.image("old"), try await shop.image("new"))
      try await shop.deployed(old)
      _ = try await shop.fixture.tracks.update(
        UpdateTrack(componentId: "shop", trackId: shop.track.id, branch: ""),
        by: shop.fixture.ada)
      #expect(try await shop.deployed(old).kind == .redeploy)
      await expectRefusal(.branchUnlinked, .failedPrecondition) { try await shop.deploy(new) }
    }
  }

  @Test func `promotes what is active in the environment before`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let image = try await shop.image("a")
      await expectRefusal(.notPromoted, .failedPrecondition) {
        try await shop.deploy(image, to: "stage")
      }
      try await shop.deployed(image, to: "dev")
      try await shop.deployed(image, to: "stage") { $0.bypassReason = "not needed" }
      #expect(try await shop.history().last?.bypassReason == "")
      let next = try await shop.image("b")
      let bypassed = try await shop.deployed(next, to: "prod") { $0.bypassReason = "hotfix" }
      #expect(bypassed.bypassReason == "hotfix")
      // In its own pipeline, `prod` comes after `aside`.
      await expectRefusal(.notPromoted, .failedPrecondition) {
        try await shop.deploy(image, to: "prod") { $0.pipelineId = "fast" }
      }
      #expect(try await shop.deployed(image, to: "prod").state == .succeeded)
    }
  }

  @Test func `guards against another operator`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let image = try await shop.image("a")
      let first = try await shop.deployed(image)
      try await shop.deployed(image) { $0.expectedCurrentDeploymentId = first.id }
      await expectRefusal(.currentDeploymentChanged, .aborted) {
        try await shop.deploy(image) { $0.expectedCurrentDeploymentId = first.id }
      }
    }
  }

  // MARK: Form

  private static let badRequests: [(String, ErrorReason, DeploymentRequest)] = {
    var requests: [(String, ErrorReason, DeploymentRequest)] = []
    func add(_ field: String, _ reason: ErrorReason, _ change: (inout DeploymentRequest) -> Void) {
      var request = DeploymentRequest(componentId: "shop", trackId: "track", imageId: "image")
      change(&request)
      requests.append((field, reason, request))
    }
    add("release_mgt_release_id", .invalidRelease) { $0.releaseIds.releaseDeploymentId = "x" }
    add("release_mgt_deployment_id", .invalidRelease) { $0.releaseIds.releaseId = "x" }
    add("image_id", .invalidId) { $0.imageId = "" }
    add("environment_id", .invalidId) { $0.environmentId = "A" }
    add("deployment_pipeline_id", .invalidId) { $0.pipelineId = "-" }
    add("expected_current_deployment_id", .invalidId) { $0.expectedCurrentDeploymentId = "_" }
    add("reason", .invalidReason) { $0.reason = String(repeating: "x", count: 1025) }
    add("bypass_reason", .invalidReason) { $0.bypassReason = "\u{0}" }
    add("api_settings.rate_limit_tier", .invalidAPISettings) {
      $0.apiSettings = APISettings(rateLimitTier: "x")
    }
    return requests
  }()

  @Test(arguments: badRequests)
  func `checks its fields`(
    field: String, reason: ErrorReason, request: DeploymentRequest
  ) async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      let error = await expectRefusal(reason, .invalidArgument) {
        try await fixture.tracks.deploy(request, by: fixture.ada)
      }
      #expect(error?.fields.map(\.field) == [field])
    }
  }

  @Test func `API proxies have no releases`() async throws {
    try await Shop.with(executes: true, type: .apiProxy) { (shop) async throws in
      let image = try await shop.image("a")
      await expectRefusal(.invalidRelease, .invalidArgument) {
        try await shop.deploy(image) {
          $0.releaseIds = ReleaseIds(releaseId: "r", releaseDeploymentId: "d")
        }
      }
      let deployment = try await shop.deployed(image)
      #expect(deployment.state == .succeeded)
      #expect(deployment.releaseId == "")
      try await shop.settled()
      #expect(shop.world.releases == [])
      #expect(shop.world.reports == [])
    }
  }

  // MARK: Accepting

  @Test func `is queued with what it will need, and in the change log`() async throws {
    try await Shop.with { (shop) async throws in
      let image = try await shop.image("a")
      let before = try await shop.fixture.lastPlace()
      let settings = APISettings(rateLimitTier: "GOLD")
      let deployment = try await shop.deploy(image) {
        $0.reason = "because"
        $0.apiSettings = settings
        $0.releaseIds = ReleaseIds(releaseId: "r", releaseDeploymentId: "d")
      }
      let stored = try await shop.now(deployment)
      #expect(stored.state == .queued)
      #expect(stored.kind == .deploy)
      #expect(stored.reason == "because")
      #expect(stored.apiSettings == settings)
      #expect(stored.releaseId == "r")
      #expect(stored.actor == shop.fixture.ada)
      #expect(stored.createdAt == shop.fixture.clock.now)
      let operation = try #require(try await shop.operation(deployment))
      #expect(operation.step == .accepted)
      #expect(operation.dueAt == shop.fixture.clock.now)
      let change = try #require(try await shop.fixture.changes(after: before).first).change
      #expect(change.kind == .created)
      #expect(change.resource == .deployment)
      #expect(change.projectId == "paid")
      // The store gives the sequence number at the commit.
      var logged = try Snapshot.deployment(change.snapshot)
      #expect(logged.sequence == 0 && stored.sequence > 0)
      logged.sequence = stored.sequence
      #expect(logged == stored)
    }
  }

  @Test func `supersedes what waits for the same environment`() async throws {
    try await Shop.with { (shop) async throws in
      let image = try await shop.image("a")
      let first = try await shop.deploy(image)
      let elsewhere = try await shop.deploy(image, to: "other")
      let second = try await shop.deploy(image)
      let superseded = try await shop.now(first)
      #expect(superseded.state == .superseded)
      #expect(superseded.endedAt == shop.fixture.clock.now)
      #expect(try await shop.operation(first) == nil)
      #expect(try await shop.now(second).state == .queued)
      #expect(try await shop.now(elsewhere).state == .queued)
    }
  }

  @Test func `tells the release of a caller that it was superseded`() async throws {
    try await Shop.with { (shop) async throws in
      let image = try await shop.image("a")
      let ids = ReleaseIds(releaseId: "r", releaseDeploymentId: "d")
      let first = try await shop.deploy(image) { $0.releaseIds = ids }
      try await shop.deploy(image)
      let executor = shop.fixture.execute()
      try await shop.settled()
      await executor.drain()
      let report = try #require(shop.world.reports.first { $0.deploymentId == first.id })
      #expect(report.ids == ids)
      #expect(report.status == .cancelled)
    }
  }

  @Test func `check only has no effect`() async throws {
    try await Shop.with { (shop) async throws in
      let image = try await shop.image("a")
      let deployment = try await shop.deploy(image) { $0.options.validateOnly = true }
      #expect(deployment.environmentId == "dev")
      #expect(try await shop.history() == [])
    }
  }

  @Test func `a repeated request answers with the deployment as it is now`() async throws {
    try await Shop.with { (shop) async throws in
      let image = try await shop.image("a")
      let id = UniqueID.random().description
      let first = try await shop.deploy(image) { $0.options.requestId = id }
      let executor = shop.fixture.execute()
      try await shop.ended(first)
      let again = try await shop.deploy(image) { $0.options.requestId = id }
      #expect(again.id == first.id)
      #expect(again.state == .succeeded)
      await expectRefusal(.requestIdReused, .invalidArgument) {
        try await shop.deploy(image) {
          $0.options.requestId = id
          $0.reason = "another"
        }
      }
      #expect(try await shop.history().count == 1)
      await executor.drain()
    }
  }
}
