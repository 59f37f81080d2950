import TestSupport
import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct CreateTrackTests {
  @Test func `creates a track and makes it the latest`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.tracks.create(
        CreateTrack(
          componentId: "service", id: "one", apiVersion: "v1.0", branch: "feature%2Fx",
          description: "First", autoDeployEnabled: true), by: fixture.ada)
      #expect(
        track
          == Track(
            id: "one", componentId: "service", version: APIVersion(major: 1, minor: 0),
            branch: "feature/x", description: "First", autoDeployEnabled: true, isLatest: true,
            endpoints: [], configRevision: 0, revision: 1, createdAt: fixture.clock.now,
            updatedAt: fixture.clock.now, createdBy: "ada"))
      #expect(try await fixture.tracks.track(componentId: "service", trackId: "one").track == track)
    }
  }

  @Test func `makes a UUID where no id is given`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      #expect(UniqueID(track.id) != nil)
    }
  }

  @Test func `takes latest from the track before, even for a lower version`() async throws {
    try await Fixture.with { (fixture) async throws in
      let first = try await fixture.create("service", "v2.0")
      let second = try await fixture.create("service", "v1.0")
      let former = try await fixture.tracks.track(componentId: "service", trackId: first.id).track
      #expect(second.isLatest)
      #expect(!former.isLatest)
      #expect(former.revision == 2)
      #expect(former.updatedAt == second.createdAt)
    }
  }

  @Test func `copies the USER endpoints of the latest track only`() async throws {
    try await Fixture.with { (fixture) async throws in
      let first = try await fixture.create("service", "v1.0")
      try await fixture.setEndpoints(of: first, ["b", "a"], sourceConfig: ["c"])
      let second = try await fixture.create("service", "v1.1")
      #expect(second.endpoints.map(\.name) == ["a", "b"])
      #expect(second.configRevision == 1)
      let kept = try await fixture.store.read {
        try $0.configRevisions(
          ConfigRevisionQuery(componentId: "service", trackId: second.id, limit: 10))
      }.revisions
      #expect(kept.map(\.number) == [1])
      #expect(kept.first?.configs.endpoints == second.endpoints)
    }
  }

  @Test(
    arguments: [
      ("api_version", .invalidAPIVersion, CreateTrack(componentId: "service", apiVersion: "1.0")),
      ("api_version", .apiVersionRequired, CreateTrack(componentId: "service")),
      (
        "branch", .invalidBranch,
        CreateTrack(componentId: "service", apiVersion: "v1.0", branch: "%zz")
      ),
      ("id", .invalidId, CreateTrack(componentId: "service", id: "A", apiVersion: "v1.0")),
      ("component_id", .invalidId, CreateTrack(componentId: "", apiVersion: "v1.0")),
      (
        "description", .invalidDescription,
        CreateTrack(
          componentId: "service", apiVersion: "v1.0",
          description: String(repeating: "a", count: 1025))
      ),
      (
        "request_id", .invalidRequestId,
        CreateTrack(
          componentId: "service", apiVersion: "v1.0", options: MutationOptions(requestId: "x"))
      ),
    ] as [(String, ErrorReason, CreateTrack)])
  func `refuses bad fields`(field: String, reason: ErrorReason, request: CreateTrack) async throws {
    try await Fixture.with { (fixture) async throws in
      let error = await expectRefusal(reason, .invalidArgument) {
        try await fixture.tracks.create(request, by: fixture.ada)
      }
      #expect(error?.fields.map(\.field) == [field])
    }
  }

  @Test func `tells all bad fields at once`() async throws {
    try await Fixture.with { (fixture) async throws in
      let error = await expectRefusal(.invalidId, .invalidArgument) {
        try await fixture.tracks.create(
          CreateTrack(componentId: "S", id: "X", apiVersion: "1", branch: "/"), by: fixture.ada)
      }
      #expect(error?.fields.map(\.field) == ["component_id", "id", "api_version", "branch"])
    }
  }

  @Test func `refuses a component that does not exist`() async throws {
    try await Fixture.with { (fixture) async throws in
      await expectRefusal(.componentNotFound, .notFound) {
        try await fixture.create("nothing", "v1.0")
      }
    }
  }

  @Test(arguments: ["web", "task", "proxy"])
  func `lets other components than services go without versions`(component: String) async throws {
    try await Fixture.with { (fixture) async throws in
      #expect(try await fixture.create(component, "", branch: "main").version == nil)
      #expect(try await fixture.create(component, "v1.0", branch: "main").version != nil)
      #expect(try await fixture.create(component, "", branch: "other").version == nil)
      #expect(try await fixture.create(component).branch.isEmpty)
      await expectRefusal(.branchExists, .alreadyExists) {
        try await fixture.create(component, "", branch: "main")
      }
      await expectRefusal(.branchExists, .alreadyExists) { try await fixture.create(component) }
    }
  }

  @Test func `keeps versions and ids unique in a component`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0", id: "one")
      let error = await expectRefusal(.apiVersionExists, .alreadyExists) {
        try await fixture.create("service", "v1.0", id: "one")
      }
      #expect(error?.metadata["deployment_track"] == track.id)
      await expectRefusal(.trackIdExists, .alreadyExists) {
        try await fixture.create("service", "v1.1", id: "one")
      }
      #expect(try await fixture.create("manual", "v1.0", id: "one").id == "one")
    }
  }

  @Test func `lets several tracks share a branch`() async throws {
    try await Fixture.with { (fixture) async throws in
      try await fixture.create("service", "v1.0", branch: "main")
      #expect(try await fixture.create("service", "v1.1", branch: "main").branch == "main")
    }
  }

  @Test func `has a limit of two for free organizations, before uniqueness`() async throws {
    try await Fixture.with { (fixture) async throws in
      let first = try await fixture.create("free-service", "v1.0")
      try await fixture.create("free-service", "v1.1")
      let error = await expectRefusal(.trackLimitReached, .resourceExhausted) {
        try await fixture.create("free-service", "v1.0")
      }
      #expect(error?.metadata["limit"] == "2")
      _ = try await fixture.tracks.delete(
        DeleteTrack(componentId: "free-service", trackId: first.id), by: fixture.ada)
      #expect(try await fixture.create("free-service", "v1.0").isLatest)
    }
  }

  @Test func `lets an organization that becomes free keep its tracks`() async throws {
    try await Fixture.with { (fixture) async throws in
      for minor in 0..<4 { try await fixture.create("service", "v1.\(minor)") }
      try await fixture.put(OrganizationDraft(id: "paid", tier: .free))
      #expect(try await fixture.all("service").count == 4)
      await expectRefusal(.trackLimitReached, .resourceExhausted) {
        try await fixture.create("service", "v2.0")
      }
    }
  }

  @Test func `deploys automatically where there is a branch and automatic builds`() async throws {
    try await Fixture.with { (fixture) async throws in
      await expectRefusal(.branchUnlinked, .failedPrecondition) {
        try await fixture.create("service", "v1.0", autoDeploy: true)
      }
      await expectRefusal(.autoBuildDisabled, .failedPrecondition) {
        try await fixture.create("manual", "v1.0", branch: "main", autoDeploy: true)
      }
      #expect(
        try await fixture.create("service", "v1.0", branch: "main", autoDeploy: true)
          .autoDeployEnabled)
      // Whether this component has automatic builds is unknown.
      #expect(try await fixture.create("web", branch: "main", autoDeploy: true).autoDeployEnabled)
      // This component brings its image: nothing is built.
      #expect(try await fixture.create("image", autoDeploy: true).autoDeployEnabled)
    }
  }

  @Test func `logs the new track and the former latest`() async throws {
    try await Fixture.with { (fixture) async throws in
      let first = try await fixture.create("service", "v1.0")
      let before = try await fixture.lastPlace()
      let second = try await fixture.create("service", "v1.1")
      let changes = try await fixture.changes(after: before).map(\.change)
      #expect(changes.map(\.kind) == [.updated, .created])
      #expect(changes.map(\.resourceId) == [first.id, second.id])
      #expect(changes.allSatisfy { $0.projectId == "paid" && $0.componentId == "service" })
      #expect(changes.allSatisfy { $0.actor == fixture.ada && $0.at == second.createdAt })
      #expect(try Snapshot.track(changes[0].snapshot).isLatest == false)
      #expect(try Snapshot.track(changes[1].snapshot) == second)
    }
  }

  @Test func `checks only, when asked to`() async throws {
    try await Fixture.with { (fixture) async throws in
      let before = try await fixture.lastPlace()
      let track = try await fixture.create(
        "service", "v1.0", id: "one", options: MutationOptions(validateOnly: true))
      #expect(track.isLatest)
      await expectRefusal(.componentNotFound, .notFound) {
        try await fixture.create("nothing", "v1.0", options: MutationOptions(validateOnly: true))
      }
      #expect(try await fixture.all("service").isEmpty)
      #expect(try await fixture.lastPlace() == before)
    }
  }
}

extension Fixture {
  /// Sets the endpoints of a track; those of the source config directly in the store.
  func setEndpoints(
    of track: Track, _ names: [String], sourceConfig: [String] = []
  ) async throws {
    let trackId = track.id
    let componentId = track.componentId
    let given = sourceConfig.map {
      Endpoint(name: $0, type: .rest, port: 8080, visibilities: [.public], origin: .sourceConfig)
    }
    if !given.isEmpty {
      try await store.write { transaction in
        guard var track = try transaction.track(componentId: componentId, id: trackId) else {
          return
        }
        track.endpoints = given
        try transaction.replaceEndpoints(of: track)
      }
    }
    _ = try await tracks.updateConfigs(
      UpdateTrackConfigs(
        componentId: componentId, trackId: trackId,
        endpoints: names.map { EndpointDraft(name: $0, type: .rest, port: 8080) }), by: ada)
  }
}
