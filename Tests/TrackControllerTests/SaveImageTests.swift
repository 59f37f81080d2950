import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct SaveImageTests {
  @Test func `keeps every field`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "one", branch: "main")
      let digest = "sha256:" + String(repeating: "0a", count: 32)
      let saved = try await fixture.save("one", commit: 1) {
        $0.images = [
          ContainerImage(
            name: "app", reference: "a.example/app:1",
            digest: digest.uppercased()
              .replacing("SHA256", with: "sha256")),
          ContainerImage(name: "proxy", reference: "a.example/proxy"),
        ]
        $0.commitHash = String(repeating: "A", count: 40)
        $0.gitopsHash = String(repeating: "B", count: 64)
        $0.apiDefinitionPath = "api/openapi.yaml"
        $0.ports = [8080, 1]
      }
      let image = saved.image
      #expect(UniqueID(image.id) != nil)
      #expect(image.trackId == "one" && image.savedTrackId == "one")
      #expect(image.images.map(\.digest) == [digest, ""])
      #expect(image.commitHash == String(repeating: "a", count: 40))
      #expect(image.gitopsHash == String(repeating: "b", count: 64))
      #expect(image.apiDefinitionPath == "api/openapi.yaml")
      #expect(image.ports == [8080, 1])
      #expect(image.createdBy == "ada")
      #expect(image.createdAt == fixture.clock.now && image.updatedAt == image.createdAt)
      #expect(image.autoDeploy.decision == .disabled)
      #expect(saved.deployment == nil && !saved.explanation.isEmpty)
      #expect(try await fixture.images("one").images.map(\.image) == [image])
    }
  }

  @Test func `writes one change`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "one", branch: "main")
      let before = try await fixture.lastPlace()
      let saved = try await fixture.save("one", commit: 1)
      let changes = try await fixture.changes(after: before).map(\.change)
      #expect(changes.map(\.kind) == [.created])
      #expect(changes.first?.resource == .image)
      #expect(changes.first?.resourceId == saved.image.id)
      #expect(changes.first?.projectId == "paid")
      #expect(try changes.first.map { try Snapshot.image($0.snapshot) } == saved.image)
    }
  }

  struct BadField: Sendable, CustomTestStringConvertible {
    let field: String
    let reason: ErrorReason
    let change: @Sendable (inout SaveTrackImage) -> Void

    init(
      _ field: String, _ reason: ErrorReason,
      change: @escaping @Sendable (inout SaveTrackImage) -> Void
    ) {
      self.field = field
      self.reason = reason
      self.change = change
    }

    var testDescription: String { field }
  }

  static let badFields: [BadField] = [
    BadField("organization_id", .invalidId) { $0.organizationId = "" },
    BadField("project_id", .invalidId) { $0.projectId = "-" },
    BadField("component_id", .invalidId) { $0.componentId = "A" },
    BadField("deployment_track_id", .invalidId) { $0.trackId = "a_b" },
    BadField("environment_id", .invalidId) { $0.environmentId = "-a" },
    BadField("images", .invalidImage) { $0.images = [] },
    BadField("images[0].reference", .invalidImage) { $0.images[0].reference = "https://x" },
    BadField("images[0].digest", .invalidImage) { $0.images[0].digest = "sha256:1" },
    BadField("git_hash", .invalidCommitHash) { $0.commitHash = "abc1234" },
    BadField("git_hash_commit_timestamp", .invalidCommitHash) { $0.committedAt = nil },
    BadField("git_hash_commit_timestamp", .invalidCommitHash) {
      $0.committedAt = Timestamp(microseconds: 1_800_086_500_000_000)
    },
    BadField("gitops_hash", .invalidCommitHash) { $0.gitopsHash = "--all" },
    BadField("run_id", .invalidImage) { $0.runId = "" },
    BadField("api_definition_path", .invalidImage) { $0.apiDefinitionPath = "../x" },
    BadField("image_ports", .invalidImage) { $0.ports = [0] },
    BadField("branch", .invalidBranch) { $0.branch = "main" },
    BadField("git_hash", .invalidCommitHash) { $0.commitHash = "" },
  ]

  @Test(arguments: badFields)
  func `refuses bad fields`(bad: BadField) async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "one", branch: "main")
      let error = await expectRefusal(bad.reason, .invalidArgument) {
        try await fixture.save("one", commit: 1, change: bad.change)
      }
      #expect(error?.fields.map(\.field) == [bad.field])
      #expect(try await fixture.images("one").images.isEmpty)
    }
  }

  @Test(
    arguments: [
      ("nobody", "paid", "service", "one", .organizationNotFound),
      ("paid", "nothing", "service", "one", .projectNotFound),
      // The project exists, in another organization.
      ("paid", "free", "service", "one", .projectNotFound),
      ("free", "paid", "service", "one", .projectNotFound),
      ("paid", "paid", "nothing", "one", .componentNotFound),
      ("paid", "paid", "free-service", "one", .componentNotFound),
      ("paid", "paid", "service", "two", .trackNotFound),
    ] as [(String, String, String, String, ErrorReason)])
  func `refuses what is not part of what it is said to be part of`(
    organization: String, project: String, component: String, track: String, reason: ErrorReason
  ) async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "one", branch: "main")
      try await fixture.create("manual", "v1.0", id: "two", branch: "main")
      await expectRefusal(reason, .notFound) {
        try await fixture.save(track, commit: 1) {
          $0.organizationId = organization
          $0.projectId = project
          $0.componentId = component
        }
      }
    }
  }

  @Test func `is repeated without effect`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "one", branch: "main")
      let first = try await fixture.save("one", commit: 1)
      let before = try await fixture.lastPlace()
      // What else the request says does not count.
      let again = try await fixture.save("one", commit: 1) { $0.ports = [80] }
      #expect(again == first)
      #expect(try await fixture.lastPlace() == before)
      await expectRefusal(.runIdConflict, .alreadyExists) {
        try await fixture.save("one", commit: 1) { $0.images[0].reference = "other" }
      }
      try await fixture.create("service", "v1.1", id: "two", branch: "main")
      #expect(try await fixture.save("two", commit: 1).image.id != first.image.id)
    }
  }

  @Test func `remembers requests by their id, and answers with the deployment as it is now`()
    async throws
  {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.putPipeline()
      try await fixture.create("service", "v1.0", id: "one", branch: "main", autoDeploy: true)
      let id = "9b2f1c3e-0000-4000-8000-0123456789ab"
      let save: @Sendable (inout SaveTrackImage) -> Void = { $0.options.requestId = id }
      let first = try await fixture.save("one", commit: 1, change: save)
      #expect(first.deployment?.state == .queued)
      try await fixture.succeed(first.deployment)
      let again = try await fixture.save("one", commit: 1, change: save)
      #expect(again.image == first.image)
      #expect(again.deployment?.state == .succeeded)
      #expect(again.deployedIn == ["dev"])
      await expectRefusal(.requestIdReused, .invalidArgument) {
        try await fixture.save("one", commit: 2, change: save)
      }
    }
  }

  @Test func `supersedes older images of the same commit`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "one", branch: "main")
      let first = try await fixture.save("one", commit: 1, run: "a")
      let other = try await fixture.save("one", commit: 2)
      let before = try await fixture.lastPlace()
      let second = try await fixture.save("one", commit: 1, run: "b")
      let listed = try await fixture.images("one").images.map(\.image)
      #expect(listed.map(\.id) == [second, other, first].map(\.image.id))
      #expect(listed.map(\.isSuperseded) == [false, false, true])
      #expect(listed.last?.updatedAt == second.image.createdAt)
      let changes = try await fixture.changes(after: before).map(\.change)
      #expect(changes.map(\.kind) == [.updated, .created])
      // A repeated save of the older run does not bring its image back.
      #expect(try await fixture.save("one", commit: 1, run: "a").image.isSuperseded)
    }
  }

  @Test func `does not let the time run backwards`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "one", branch: "main")
      let committedAt = fixture.clock.now.before(.seconds(1000))
      let first = try await fixture.save("one", commit: 1, run: "a") {
        $0.committedAt = committedAt
      }.image
      fixture.clock.advance(seconds: -100)
      try await fixture.save("one", commit: 1, run: "b") { $0.committedAt = committedAt }
      let superseded = try await fixture.images("one").images.map(\.image)
        .first { $0.id == first.id }
      #expect(superseded?.isSuperseded == true)
      #expect(superseded?.updatedAt == first.updatedAt)
    }
  }

  @Test func `checks only, when asked to`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.putPipeline()
      try await fixture.create("service", "v1.0", id: "one", branch: "main", autoDeploy: true)
      let before = try await fixture.lastPlace()
      let saved = try await fixture.save("one", commit: 1) { $0.options.validateOnly = true }
      #expect(saved.image.autoDeploy.decision == .started)
      #expect(saved.deployment?.environmentId == "dev")
      #expect(try await fixture.lastPlace() == before)
      #expect(try await fixture.images("one").images.isEmpty)
      await expectRefusal(.trackNotFound, .notFound) {
        try await fixture.save("two", commit: 1) { $0.options.validateOnly = true }
      }
    }
  }

  @Test func `takes images without a commit from components that bring them`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("image", id: "one")
      let saved = try await fixture.save("one", commit: 1) {
        $0.componentId = "image"
        $0.commitHash = ""
        $0.committedAt = nil
      }
      #expect(saved.image.commitHash.isEmpty)
      // An image without a commit supersedes no other.
      let next = try await fixture.save("one", commit: 2) {
        $0.componentId = "image"
        $0.commitHash = ""
        $0.committedAt = nil
      }
      #expect(!saved.image.isSuperseded && !next.image.isSuperseded)
      let listed = try await fixture.images("one", componentId: "image").images
      #expect(listed.allSatisfy { !$0.image.isSuperseded })
    }
  }
}
