import TestSupport
import Testing
import TrackController
import TrackDomain

/// How often each use case asks the store: on a store over a network each call is a round trip.
@Suite(.timeLimit(.minutes(2))) struct RoundTripTests {
  /// Who calls: `tracks` and `catalog` are on a store that counts, the rest is not.
  struct Caller {
    let shop: Shop
    let tracks: TrackController
    let catalog: CatalogController
  }

  /// A use case, and what it reads, in order.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let calls: String
    let body: @Sendable (Caller) async throws -> Void

    init(
      _ name: String, _ calls: String,
      _ body: @escaping @Sendable (Caller) async throws -> Void
    ) {
      testDescription = name
      self.calls = calls
      self.body = body
    }
  }

  private static let options = MutationOptions(requestId: "9b2f1c3e-0000-4000-8000-0123456789ab")

  private static let ada = Principal(name: "ada", isVerified: false)

  private static let cases = [
    Case("a track is created", "request component write request creationFacts") {
      _ = try await $0.tracks.create(
        CreateTrack(
          componentId: "shop", id: "new", apiVersion: "v2.0", branch: "next", options: options),
        by: ada)
    },
    Case("a track is changed", "write request trackWithDeletion") {
      _ = try await $0.tracks.update(
        UpdateTrack(
          componentId: "shop", trackId: $0.shop.track.id, description: "x", options: options),
        by: ada)
    },
    Case("a configuration is changed", "write request trackWithDeletion") {
      _ = try await $0.tracks.updateConfigs(
        UpdateTrackConfigs(
          componentId: "shop", trackId: $0.shop.track.id,
          setVariables: [EnvironmentVariableDraft(name: "A", source: .value("1"))], options: options
        ),
        by: ada)
    },
    Case("a deletion is checked", "component deletionFacts") {
      _ = try await $0.shop.fixture.create("shop", "v1.1")
      _ = try await $0.tracks.delete(
        DeleteTrack(
          componentId: "shop", trackId: $0.shop.track.id, force: true,
          options: MutationOptions(validateOnly: true)), by: ada)
    },
    Case("an image is saved", "component write request saveFacts") {
      _ = try await $0.tracks.save(save($0.shop, "1"), by: ada)
    },
    Case("an image is deployed", "write request deploymentFacts") {
      var request = $0.shop.request(try await $0.shop.image("a"))
      request.options = options
      _ = try await $0.tracks.deploy(request, by: ada)
    },
    Case(
      "a deployment takes the place of one that waits",
      "write request deploymentFacts operation"
    ) {
      _ = try await $0.shop.deploy(try await $0.shop.image("a"))
      var request = $0.shop.request(try await $0.shop.image("b"))
      request.options = options
      _ = try await $0.tracks.deploy(request, by: ada)
    },
    Case("a track is rolled back", "write request rollbackFacts") {
      try await $0.shop.makeActive(try await $0.shop.image("a"))
      try await $0.shop.makeActive(try await $0.shop.image("b"))
      var request = $0.shop.request(nil)
      request.options = options
      _ = try await $0.tracks.rollBack(request, by: ada)
    },
    Case("auto-deploy goes on", "write request deploymentFacts deployment") {
      try await $0.shop.makeActive(try await $0.shop.image("a"))
      try await $0.shop.makeActive(try await $0.shop.image("b"))
      _ = try await $0.shop.rollBack()
      _ = try await $0.tracks.resumeAutoDeploy(
        ResumeAutoDeploy(
          componentId: "shop", trackId: $0.shop.track.id, environmentId: "dev", options: options),
        by: ada)
    },
    Case(
      "a deployment is cancelled",
      "write request trackWithDeletion deployment operation operation unfinishedDeployments "
        + "deletion"
    ) {
      let deployment = try await $0.shop.deploy(try await $0.shop.image("a"))
      _ = try await $0.tracks.cancel(
        CancelDeployment(
          componentId: "shop", trackId: $0.shop.track.id, deploymentId: deployment.id,
          options: options), by: ada)
    },
    Case("a component is put", "write request catalogResources") {
      _ = try await $0.catalog.put(
        ComponentDraft(
          id: "shop", projectId: "paid", type: .service, autoBuildOnCommit: true,
          defaultPipelineId: "fast"), etag: "", options: options, by: ada)
    },
    Case("a pipeline is put", "write request catalogResources") {
      _ = try await $0.catalog.put(
        DeploymentPipelineDraft(
          id: "line", projectId: "paid", environmentIds: ["dev", "stage", "aside", "prod"]),
        etag: "", options: options, by: ada)
    },
    Case("an environment is put", "write request catalogResources environment") {
      _ = try await $0.catalog.put(
        EnvironmentDraft(id: "new", projectId: "paid", name: "new"), etag: "",
        options: options, by: ada)
    },
    Case("a resource is deleted", "write request catalogResource uses catalogResource") {
      try await $0.shop.fixture.put(EnvironmentDraft(id: "new", projectId: "paid", name: "new"))
      try await $0.catalog.delete(.environment, id: "new", options: options, by: ada)
    },
    Case("a track is read", "deployedTrack") {
      _ = try await $0.tracks.track(componentId: "shop", trackId: $0.shop.track.id)
    },
    Case("tracks are listed", "tracks") {
      _ = try await $0.tracks.tracks(ListTracks(componentId: "shop"))
    },
    Case("images are listed", "images") {
      _ = try await $0.shop.image("a")
      _ = try await $0.tracks.images(
        ListImages(componentId: "shop", trackId: $0.shop.track.id), by: ada)
    },
    Case("deployments are listed", "deployments") {
      _ = try await $0.shop.deploy(try await $0.shop.image("a"))
      _ = try await $0.tracks.deployments(
        ListDeployments(componentId: "shop", trackId: $0.shop.track.id))
    },
  ]

  private static func save(_ shop: Shop, _ run: String) -> SaveTrackImage {
    SaveTrackImage(
      organizationId: "paid", projectId: "paid", componentId: "shop", trackId: shop.track.id,
      images: [ContainerImage(name: "app", reference: "registry.example/app:1")],
      commitHash: String(repeating: "a", count: 40), committedAt: shop.fixture.clock.now,
      runId: run, options: options)
  }

  @Test(arguments: cases) func `a use case asks the store no more than it has to`(
    _ expected: Case
  ) async throws {
    try await Shop.with { (shop) async throws in
      let store = CountingStore(shop.store)
      let fixture = shop.fixture
      let tracks = TrackController(
        store: store, integrations: fixture.world.integrations(), operations: fixture.signals,
        now: { fixture.clock.now })
      let catalog = CatalogController(store: store, now: { fixture.clock.now })
      try await expected.body(Caller(shop: shop, tracks: tracks, catalog: catalog))
      #expect(store.takeCalls().joined(separator: " ") == expected.calls)
    }
  }

  @Test func `a batch of deployments is loaded in one call`() async throws {
    try await Shop.with { (shop) async throws in
      let images = [try await shop.image("a"), try await shop.image("b")]
      let deployments = [
        try await shop.deploy(images[0], to: "dev"), try await shop.deploy(images[1], to: "aside"),
      ]
      let store = CountingStore(shop.store)
      let clock = shop.fixture.clock
      let executor = RunningExecutor(
        store: store, world: shop.world, signals: shop.fixture.signals,
        now: { clock.now })
      for deployment in deployments { try await shop.ended(deployment) }
      await executor.drain()
      let calls = store.takeCalls()
      #expect(calls.count { $0 == "parts" } == 1)
      #expect(!calls.contains { ["track", "image", "configRevision"].contains($0) })
    }
  }
}
