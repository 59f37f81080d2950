import TestSupport
import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct UpdateTrackTests {
  private func update(
    _ fixture: Fixture, _ track: Track, branch: String? = nil, description: String? = nil,
    autoDeploy: Bool? = nil, etag: String = "", mask: [String] = []
  ) async throws -> Track {
    fixture.clock.advance(seconds: 1)
    return try await fixture.tracks.update(
      UpdateTrack(
        componentId: track.componentId, trackId: track.id, branch: branch,
        description: description, autoDeployEnabled: autoDeploy, etag: etag, updateMask: mask),
      by: fixture.ada)
  }

  @Test func `changes what the request holds`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0", branch: "main", autoDeploy: true)
      let changed = try await update(
        fixture, track, branch: "a%20b", description: "New", autoDeploy: false)
      var expected = track
      expected.branch = "a b"
      expected.description = "New"
      expected.autoDeployEnabled = false
      expected.revision = 2
      expected.updatedAt = fixture.clock.now
      #expect(changed == expected)
      #expect(try await fixture.all("service") == [expected])
    }
  }

  @Test func `clears what the request holds as empty`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0", branch: "main")
      let described = try await update(fixture, track, description: "x")
      #expect(try await update(fixture, described, description: "").description.isEmpty)
      #expect(try await update(fixture, described, branch: "").branch.isEmpty)
    }
  }

  @Test func `changes what the mask names, and clears what it names in vain`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0", branch: "main")
      let one = try await update(
        fixture, track, branch: "other", description: "x", mask: ["description"])
      #expect(one.branch == "main")
      #expect(one.description == "x")
      let two = try await update(fixture, track, mask: ["description"])
      #expect(two.description.isEmpty)
      let three = try await update(fixture, track, description: "y", mask: ["*"])
      #expect(three.branch.isEmpty)
      #expect(three.description == "y")
    }
  }

  @Test func `keeps the revision when nothing changes`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0", branch: "main")
      let before = try await fixture.lastPlace()
      #expect(try await update(fixture, track) == track)
      #expect(
        try await update(fixture, track, branch: "main", description: "", autoDeploy: false)
          == track)
      #expect(try await update(fixture, track, etag: "\"1\"", mask: ["description"]) == track)
      #expect(try await fixture.lastPlace() == before)
    }
  }

  @Test(
    arguments: [
      (["api_version"], .immutableField), (["latest"], .immutableField), (["id"], .immutableField),
      (["what"], .invalidUpdateMask), (["*", "branch"], .invalidUpdateMask),
    ] as [([String], ErrorReason)])
  func `refuses other paths`(mask: [String], reason: ErrorReason) async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      await expectRefusal(reason, .invalidArgument) { try await update(fixture, track, mask: mask) }
    }
  }

  @Test func `refuses bad values, but not those that the mask leaves out`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      await expectRefusal(.invalidBranch, .invalidArgument) {
        try await update(fixture, track, branch: "%")
      }
      await expectRefusal(.invalidDescription, .invalidArgument) {
        try await update(fixture, track, description: "\u{0}")
      }
      #expect(
        try await update(fixture, track, branch: "%", description: "x", mask: ["description"])
          .description == "x")
    }
  }

  @Test(arguments: ["50%", "a%2Fb", "a%20b", "a b"])
  func `the branch as answers have it is no change`(name: String) async throws {
    try await Fixture.with { (fixture) async throws in
      let encoded = name.replacing("%", with: "%25")
      let track = try await fixture.create("service", "v1.0", branch: encoded)
      #expect(track.branch == name)
      let same = try await update(fixture, track, branch: name)
      #expect(same == track)
      let described = try await update(fixture, track, branch: name, description: "x")
      #expect(described.branch == name && described.description == "x")
      // For any other branch, it is an encoded name.
      let other = try await fixture.create("service", "v1.1", branch: "main")
      if name == "50%" {
        await expectRefusal(.invalidBranch, .invalidArgument) {
          try await update(fixture, other, branch: name)
        }
      } else {
        let decoded = name.replacing("%2F", with: "/").replacing("%20", with: " ")
        #expect(try await update(fixture, other, branch: name).branch == decoded)
      }
    }
  }

  @Test func `checks form, existence, etag and the rest in this order`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      var missing = track
      missing.id = "missing"
      await expectRefusal(.invalidBranch, .invalidArgument) {
        try await update(fixture, missing, branch: "%", etag: "\"9\"")
      }
      await expectRefusal(.trackNotFound, .notFound) {
        try await update(fixture, missing, autoDeploy: true, etag: "\"9\"")
      }
      missing.componentId = "missing"
      await expectRefusal(.componentNotFound, .notFound) {
        try await update(fixture, missing, etag: "\"9\"")
      }
      let error = await expectRefusal(.etagMismatch, .aborted) {
        try await update(fixture, track, autoDeploy: true, etag: "\"9\"")
      }
      #expect(error?.metadata["etag"] == "\"1\"")
      await expectRefusal(.branchUnlinked, .failedPrecondition) {
        try await update(fixture, track, autoDeploy: true, etag: "\"1\"")
      }
    }
  }

  @Test func `takes auto-deploy off with the branch only when told so`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0", branch: "main", autoDeploy: true)
      await expectRefusal(.branchUnlinked, .failedPrecondition) {
        try await update(fixture, track, branch: "")
      }
      let unlinked = try await update(fixture, track, branch: "", autoDeploy: false)
      #expect(unlinked.branch.isEmpty && !unlinked.autoDeployEnabled)
    }
  }

  @Test func `turns auto-deploy on only with automatic builds`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0", branch: "main", autoDeploy: true)
      let other = try await fixture.create("service", "v1.1", branch: "main")
      // The store has a state that no call can make any more: a Put is refused while a track
      // deploys by itself.
      let component = Component(
        id: "service", projectId: "paid", type: .service, autoBuildOnCommit: false)
      try await fixture.store.write { try $0.putCatalogResource(component.resource) }
      await expectRefusal(.autoBuildDisabled, .failedPrecondition) {
        try await update(fixture, other, autoDeploy: true)
      }
      // A track that deploys by itself goes on doing so.
      #expect(try await update(fixture, track, description: "x").autoDeployEnabled)
      #expect(try await update(fixture, track, branch: "other").autoDeployEnabled)
    }
  }

  @Test func `keeps tracks without versions unique by branch`() async throws {
    try await Fixture.with { (fixture) async throws in
      let one = try await fixture.create("web", branch: "one")
      let two = try await fixture.create("web", branch: "two")
      await expectRefusal(.branchExists, .alreadyExists) {
        try await update(fixture, two, branch: "one")
      }
      #expect(try await update(fixture, one, branch: "three").branch == "three")
      #expect(try await update(fixture, two, branch: "one").branch == "one")
    }
  }

  @Test func `does not let the time run backwards`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      fixture.clock.advance(seconds: -100)
      #expect(try await update(fixture, track, description: "x").updatedAt == track.updatedAt)
    }
  }
}
