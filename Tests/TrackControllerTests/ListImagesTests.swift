import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct ListImagesTests {
  private func with(
    _ builds: FakeBuildService, repository: String = "https://git.example/service",
    _ body: (Fixture, TrackController) async throws -> Void
  ) async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.put(
        ComponentDraft(
          id: "service", projectId: "paid", type: .service, repositoryURL: repository))
      try await fixture.create("service", "v1.0", id: "one", branch: "main")
      let clock = fixture.clock
      let tracks = TrackController(
        store: fixture.store, integrations: Integrations(builds: builds), now: { clock.now })
      try await body(fixture, tracks)
    }
  }

  private let request = ListImages(componentId: "service", trackId: "one")
  private let down = IntegrationError(.unavailable, "is down")

  @Test func `pages from the newest to the oldest`() async throws {
    try await with(FakeBuildService()) { (fixture, tracks) async throws in
      for commit in 1...5 as ClosedRange<Int64> { try await fixture.save("one", commit: commit) }
      var runs: [[String]] = []
      var token = ""
      repeat {
        let page = try await fixture.images("one", pageSize: 2, pageToken: token)
        runs.append(page.images.map(\.image.runId))
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(runs == [["run-5", "run-4"], ["run-3", "run-2"], ["run-1"]])
    }
  }

  @Test func `refuses pages of nothing and of others`() async throws {
    try await with(FakeBuildService()) { (fixture, _) async throws in
      try await fixture.create("service", "v1.1", id: "two", branch: "main")
      for commit in 1...2 as ClosedRange<Int64> { try await fixture.save("one", commit: commit) }
      let token = try await fixture.images("one", pageSize: 1).nextPageToken
      #expect(!token.isEmpty)
      await expectRefusal(.invalidPageToken, .invalidArgument) {
        try await fixture.images("two", pageToken: token)
      }
      await expectRefusal(.invalidPageToken, .invalidArgument) {
        try await fixture.images("one", pageToken: "nonsense")
      }
      await expectRefusal(.invalidPageSize, .invalidArgument) {
        try await fixture.images("one", pageSize: -1)
      }
      await expectRefusal(.trackNotFound, .notFound) { try await fixture.images("three") }
      await expectRefusal(.componentNotFound, .notFound) {
        try await fixture.images("one", componentId: "nothing")
      }
      #expect(try await fixture.images("two").images.isEmpty)
    }
  }

  @Test func `asks each source once, and about each commit once`() async throws {
    let hash = Fixture.hash(1)
    let builds = FakeBuildService(
      statuses: .success(["b": BuildStatus(status: "FAILED", builtAt: Timestamp(microseconds: 5))]),
      commits: .success([hash: .sample(hash)]))
    try await with(builds) { (fixture, tracks) async throws in
      for run in ["a", "b"] { try await fixture.save("one", commit: 1, run: run) }
      try await fixture.save("one", commit: 2, run: "c")
      let page = try await tracks.images(request, by: fixture.ada)
      #expect(await builds.asked.statuses == [["c", "b", "a"]])
      #expect(await builds.asked.commits == [[hash, Fixture.hash(2)]])
      #expect(page.unreachable.isEmpty)
      #expect(page.images.map(\.commit) == [nil, .sample(hash), .sample(hash)])
      #expect(page.images.map(\.build?.status) == ["SUCCEEDED", "FAILED", "SUCCEEDED"])
      #expect(page.images[1].build?.builtAt == Timestamp(microseconds: 5))
      #expect(page.images[0].build?.builtAt == page.images[0].image.createdAt)
    }
  }

  @Test func `asks about the page only`() async throws {
    let builds = FakeBuildService()
    try await with(builds) { (fixture, tracks) async throws in
      for commit in 1...3 as ClosedRange<Int64> { try await fixture.save("one", commit: commit) }
      var request = request
      request.pageSize = 1
      _ = try await tracks.images(request, by: fixture.ada)
      #expect(await builds.asked.statuses == [["run-3"]])
      #expect(await builds.asked.commits == [[Fixture.hash(3)]])
    }
  }

  @Test func `says who is down, and what is known all the same`() async throws {
    let hash = Fixture.hash(1)
    for source in ["repository", "build-service"] {
      let builds = FakeBuildService(
        statuses: .failure(down), commits: .failure(down), known: [hash: .sample(hash)],
        commitSource: source)
      try await with(builds) { (fixture, tracks) async throws in
        try await fixture.save("one", commit: 1)
        try await fixture.save("one", commit: 2)
        let page = try await tracks.images(request, by: fixture.ada)
        #expect(page.unreachable == Array(Set(["build-service", source])).sorted())
        #expect(page.images.map(\.commit) == [nil, .sample(hash)])
        #expect(page.images.map(\.build) == [nil, nil])
      }
    }
  }

  @Test func `the build service may know commits of a component without a repository`()
    async throws
  {
    let hash = Fixture.hash(1)
    let builds = FakeBuildService(commits: .success([hash: .sample(hash)]))
    try await with(builds, repository: "") { (fixture, tracks) async throws in
      try await fixture.save("one", commit: 1)
      let page = try await tracks.images(request, by: fixture.ada)
      #expect(page.images.map(\.commit) == [.sample(hash)])
    }
  }

  @Test func `the embedded one knows nothing of a component without a repository`() async throws {
    let builds = EmbeddedBuildService(source: AbsentIntegration())
    let component = Component(id: "service", projectId: "paid", type: .service)
    let known = try await builds.commitHistory(
      [Fixture.hash(1)], component: component, deadline: .latest)
    #expect(known.isEmpty)
  }

  @Test func `asks nobody about an empty page`() async throws {
    let builds = FakeBuildService(statuses: .failure(down), commits: .failure(down))
    try await with(builds) { (fixture, tracks) async throws in
      let page = try await tracks.images(request, by: fixture.ada)
      #expect(page.images.isEmpty && page.unreachable.isEmpty)
      #expect(await builds.asked == FakeBuildService.Asked())
    }
  }

  @Test func `tells where an image is active`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.putPipeline()
      try await fixture.create("service", "v1.0", id: "one", branch: "main", autoDeploy: true)
      let first = try await fixture.save("one", commit: 1)
      try await fixture.succeed(first.deployment)
      let promoted = try await fixture.tracks.deploy(
        DeploymentRequest(
          componentId: "service", trackId: "one", imageId: first.image.id, environmentId: "prod"),
        by: fixture.ada
      ).deployment
      try await fixture.succeed(promoted)
      #expect(try await fixture.images("one").images.map(\.deployedIn) == [["dev", "prod"]])
      try await fixture.succeed(try await fixture.save("one", commit: 2).deployment)
      let listed = try await fixture.images("one").images
      #expect(listed.map(\.deployedIn) == [["dev"], ["prod"]])
    }
  }

  @Test(arguments: [(nil, 2000), (10_000, 2000), (2000, 1500), (1000, 750), (0, 0)])
  func `waits for two seconds, and not for more than three quarters of the time that is left`(
    timeLeft: Int?, patience: Int
  ) async throws {
    let builds = FakeBuildService()
    try await with(builds) { (fixture, tracks) async throws in
      try await fixture.save("one", commit: 1)
      _ = try await tracks.images(
        request, by: fixture.ada, timeLeft: timeLeft.map { .milliseconds($0) })
      let deadline = fixture.clock.now.after(.milliseconds(patience))
      #expect(await builds.deadlines == [deadline])
    }
  }
}
