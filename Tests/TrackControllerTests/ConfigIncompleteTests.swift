import TestSupport
import Testing
import TrackController
import TrackDomain

/// The forms of the source config are enforced, and images of failed builds are not deployed.
@Suite(.timeLimit(.minutes(2))) struct ConfigIncompleteTests {
  /// Gives the shop's track the configuration of a source config with these forms, and variables
  /// that users set before.
  private func apply(
    _ forms: [String: EnvironmentVariable.ConfigForm], _ users: [EnvironmentVariable] = [],
    _ shop: Shop
  ) async throws {
    let (trackId, fixture) = (shop.track.id, shop.fixture)
    let variables =
      users
      + forms.map {
        EnvironmentVariable(name: $0.key, source: .form($0.value), origin: .sourceConfig)
      }.sorted { $0.name < $1.name }
    try await shop.store.write { transaction in
      guard var track = try transaction.track(componentId: "shop", id: trackId) else { return }
      track.configRevision += 1
      try transaction.updateTrack(track)
      try transaction.insertConfigRevision(
        ConfigRevision(
          componentId: "shop", trackId: trackId, number: track.configRevision,
          configs: TrackConfigs(environmentVariables: variables.sorted { $0.name < $1.name }),
          createdAt: fixture.clock.now, actor: fixture.ada))
    }
  }

  private func set(
    _ variables: [(String, EnvironmentVariable.Source)], _ shop: Shop
  ) async throws -> ConfiguredTrack {
    try await shop.fixture.tracks.updateConfigs(
      UpdateTrackConfigs(
        componentId: "shop", trackId: shop.track.id,
        environmentVariables: variables.map { EnvironmentVariableDraft(name: $0.0, source: $0.1) }),
      by: shop.fixture.ada)
  }

  private let required = ["A": EnvironmentVariable.ConfigForm(), "B": .init(isRequired: false)]

  @Test func `a deployment without a required value is refused, unless there is a reason`()
    async throws
  {
    try await Shop.with { (shop) async throws in
      let image = try await shop.image("a")
      try await apply(required, [], shop)
      let error = await expectRefusal(.configIncomplete, .failedPrecondition) {
        try await shop.deploy(image)
      }
      #expect(error?.metadata["environment_variables"] == "A")
      let bypassed = try await shop.deploy(image) { $0.bypassReason = "later" }
      #expect(bypassed.bypassReason == "later")
      let answer = try await shop.fixture.tracks.deploy(
        bypassing("later", shop.request(image)), by: shop.fixture.ada)
      #expect(answer.warnings.count == 1)
      _ = try await set([("A", .value("x"))], shop)
      let complete = try await shop.deploy(image) { $0.bypassReason = "not needed" }
      #expect(complete.bypassReason == "")
    }
  }

  private func bypassing(_ reason: String, _ request: DeploymentRequest) -> DeploymentRequest {
    var request = request
    request.bypassReason = reason
    return request
  }

  @Test func `a save decides REFUSED, and a rollback only warns`() async throws {
    try await Shop.with { (shop) async throws in
      let images = [try await shop.image("a"), try await shop.image("b")]
      try await apply(required, [], shop)
      let executor = shop.fixture.execute()
      for image in images { try await shop.deployed(image) { $0.bypassReason = "later" } }
      await executor.drain()
      let saved = try await save(shop)
      #expect(saved.image.autoDeploy.decision == .refused)
      #expect(saved.image.autoDeploy.reason == "CONFIG_INCOMPLETE")
      let answer = try await shop.rollBackAnswer()
      #expect(answer.deployment.bypassReason == "")
      #expect(answer.warnings.map { $0.hasPrefix("environment variable A: ") } == [true])
    }
  }

  private func save(
    _ shop: Shop, by controller: TrackController? = nil
  ) async throws -> SavedImage {
    let tracks = controller ?? shop.fixture.tracks
    _ = try await tracks.update(
      UpdateTrack(componentId: "shop", trackId: shop.track.id, autoDeployEnabled: true),
      by: shop.fixture.ada)
    return try await tracks.save(
      SaveTrackImage(
        organizationId: "paid", projectId: "paid", componentId: "shop", trackId: shop.track.id,
        images: [ContainerImage(name: "app", reference: "registry.example/app:1")],
        commitHash: Fixture.hash(1), committedAt: shop.fixture.clock.now, runId: "run"),
      by: shop.fixture.ada)
  }

  @Test func `a plain value of a secret is refused, and what was stored stays`() async throws {
    try await Shop.with { (shop) async throws in
      let forms = ["S": EnvironmentVariable.ConfigForm(type: "secret")]
      try await apply(forms, [EnvironmentVariable(name: "S", source: .value("old"))], shop)
      let error = await expectRefusal(.invalidEnvironmentVariable, .invalidArgument) {
        try await set([("Z", .value("1")), ("S", .value("new"))], shop)
      }
      #expect(error?.fields.map(\.field) == ["environment_variables[1].value"])
      for same in ["old", "********"] {
        let kept = try await set([("S", .value(same)), ("Z", .value(same))], shop)
        let values = kept.configs.effectiveEnvironmentVariables.map(\.source)
        #expect(values == [.value("old"), .value(same)])
      }
      _ = try await set([("S", .connection(name: "vault", key: "s"))], shop)
      await expectRefusal(.invalidEnvironmentVariable, .invalidArgument) {
        try await set([("S", .value("********"))], shop)
      }
    }
  }

  @Test func `number and boolean forms check new values`() async throws {
    try await Shop.with { (shop) async throws in
      let forms: [String: EnvironmentVariable.ConfigForm] = [
        "B": .init(type: "boolean"), "N": .init(type: "number"),
      ]
      try await apply(forms, [EnvironmentVariable(name: "N", source: .value("stored"))], shop)
      let error = await expectRefusal(.invalidEnvironmentVariable, .invalidArgument) {
        try await set([("B", .value("maybe")), ("N", .value("many"))], shop)
      }
      #expect(error?.fields.count == 2)
      let kept = try await set([("B", .value("true")), ("N", .value("stored"))], shop)
      #expect(kept.configs.warnings.count == 1)
      #expect(try await set([("N", .value("1.5"))], shop).configs.warnings.count == 1)
    }
  }

  // MARK: Builds

  @Test(arguments: [true, false])
  func `an image whose build failed is not ready`(hasFailed: Bool) async throws {
    try await Shop.with { (shop) async throws in
      let image = try await shop.image("a")
      let status = BuildStatus(status: hasFailed ? "failed" : "running")
      let builds = FakeBuildService(statuses: .success(["run-a": status, "run": status]))
      let clock = shop.fixture.clock
      let tracks = TrackController(
        store: shop.store, integrations: Integrations(builds: builds), now: { clock.now })
      let saved = try await save(shop, by: tracks)
      #expect(saved.image.autoDeploy.reason == (hasFailed ? "IMAGE_NOT_READY" : ""))
      guard hasFailed else {
        _ = try await tracks.deploy(shop.request(image), by: shop.fixture.ada)
        return
      }
      let error = await expectRefusal(.imageNotReady, .failedPrecondition) {
        try await tracks.deploy(bypassing("now", shop.request(image)), by: shop.fixture.ada)
      }
      #expect(error?.metadata["status"] == "failed")
    }
  }

  @Test func `a build service that does not answer refuses nothing`() async throws {
    try await Shop.with { (shop) async throws in
      let builds = FakeBuildService(statuses: .failure(IntegrationError(.unavailable, "down")))
      let clock = shop.fixture.clock
      let tracks = TrackController(
        store: shop.store, integrations: Integrations(builds: builds), now: { clock.now })
      let image = try await shop.image("a")
      let answer = try await tracks.deploy(shop.request(image), by: shop.fixture.ada)
      #expect(answer.deployment.state == .queued)
    }
  }

  @Test func `automatic builds stay on while a track deploys by itself`() async throws {
    try await Shop.with { (shop) async throws in
      func put(_ autoBuild: Bool?, _ source: ImageSource = .build) async throws {
        try await shop.fixture.put(
          ComponentDraft(
            id: "shop", projectId: "paid", type: .service, imageSource: source,
            autoBuildOnCommit: autoBuild, defaultPipelineId: "line"))
      }
      func autoDeploy(_ isOn: Bool) async throws {
        _ = try await shop.fixture.tracks.update(
          UpdateTrack(componentId: "shop", trackId: shop.track.id, autoDeployEnabled: isOn),
          by: shop.fixture.ada)
      }
      try await autoDeploy(true)
      let error = await expectRefusal(.autoDeployEnabled, .failedPrecondition) {
        try await put(false)
      }
      #expect(error?.metadata["deployment_track"] == shop.track.id)
      try await put(nil)
      try await put(true)
      // A component that brings its image needs no builds, until it is built from source.
      try await put(false, .registry)
      await expectRefusal(.autoDeployEnabled, .failedPrecondition) { try await put(false) }
      try await autoDeploy(false)
      try await put(false)
    }
  }
}
