import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct ImportImageTests {
  private func with(
    registry: String = "registry.example/team", image: String = "app:1.2",
    _ body: (Fixture) async throws -> Void
  ) async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.putPipeline()
      try await fixture.put(
        ComponentDraft(
          id: "byoi", projectId: "paid", type: .webApp, imageSource: .registry,
          imageRegistry: registry, image: image, defaultPipelineId: "line"))
      try await body(fixture)
    }
  }

  @Test func `gives a new track the image of its component`() async throws {
    try await with { (fixture) async throws in
      try await fixture.create("byoi", id: "one")
      let images = try await fixture.images("one", componentId: "byoi").images.map(\.image)
      #expect(images.map(\.runId) == ["import-one"])
      #expect(images.first?.images.map(\.reference) == ["registry.example/team/app:1.2"])
      #expect(images.first?.autoDeploy.decision == .disabled)
      #expect(images.first?.createdBy == "ada")
    }
  }

  @Test func `takes the image alone where no registry is named`() async throws {
    try await with(registry: "", image: "registry.example/app:1") { (fixture) async throws in
      try await fixture.create("byoi", id: "one")
      let images = try await fixture.images("one", componentId: "byoi").images.map(\.image)
      #expect(images.first?.images.map(\.reference) == ["registry.example/app:1"])
    }
  }

  @Test func `deploys it where the track deploys by itself, in the same transaction`() async throws
  {
    try await with { (fixture) async throws in
      let before = try await fixture.lastPlace()
      try await fixture.create("byoi", id: "one", autoDeploy: true)
      let changes = try await fixture.changes(after: before).map(\.change.resource)
      #expect(changes == [.deploymentTrack, .image, .deployment])
      let history = try await fixture.tracks.deployments(
        ListDeployments(componentId: "byoi", trackId: "one"))
      #expect(history.deployments.map(\.kind) == [.auto])
      #expect(history.deployments.map(\.environmentId) == ["dev"])
    }
  }

  @Test func `is no part of a check`() async throws {
    try await with { (fixture) async throws in
      let before = try await fixture.lastPlace()
      try await fixture.create(
        "byoi", id: "one", autoDeploy: true, options: MutationOptions(validateOnly: true))
      #expect(try await fixture.lastPlace() == before)
    }
  }

  @Test(arguments: [("", ""), ("registry.example", ""), ("https://registry.example", "App")])
  func `needs an image that could be pulled`(registry: String, image: String) async throws {
    try await with(registry: registry, image: image) { (fixture) async throws in
      try await fixture.create("byoi", id: "one", autoDeploy: true)
      #expect(try await fixture.images("one", componentId: "byoi").images.isEmpty)
    }
  }

  @Test func `does not come to components that are built from source`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.put(
        ComponentDraft(id: "built", projectId: "paid", type: .webApp, image: "app:1"))
      try await fixture.create("built", id: "one")
      #expect(try await fixture.images("one", componentId: "built").images.isEmpty)
    }
  }
}
