import Synchronization
import Testing
import TrackController
import TrackDomain

/// Which commit is newer, for a component with a repository. The time of a commit follows its
/// number.
@Suite(.timeLimit(.minutes(2))) struct AncestryTests {
  private struct Sourced: Sendable {
    let fixture: Fixture
    let source = FakeRepository()
    let tracks: TrackController

    /// The number of a commit that is newer than all others by its time.
    static let ahead: Int64 = 80_000

    init(_ fixture: Fixture, url: String = "https://git.example/service") async throws {
      self.fixture = fixture
      let clock = fixture.clock
      tracks = TrackController(
        store: fixture.store, integrations: Integrations(source: source), now: { clock.now })
      try await fixture.putPipeline()
      try await fixture.put(
        ComponentDraft(
          id: "service", projectId: "paid", type: .service, repositoryURL: url,
          autoBuildOnCommit: true, defaultPipelineId: "line"))
      try await fixture.create("service", "v1.0", id: "one", branch: "main", autoDeploy: true)
    }

    func knows(_ commit: Int64, _ ancestry: Ancestry, of other: Int64) {
      source.state.withLock {
        $0.ancestries[CommitPair(Fixture.hash(commit), comparedWith: Fixture.hash(other))] =
          ancestry
      }
    }

    func save(
      _ commit: Int64, run: String? = nil, time: Int64? = nil, timeLeft: Duration? = nil,
      change: (inout SaveTrackImage) -> Void = { _ in }
    ) async throws -> SavedImage {
      fixture.clock.advance(seconds: 1)
      let request = fixture.saveRequest(
        "one", commit: time ?? commit, run: run ?? "run-\(commit)", hash: Fixture.hash(commit),
        change: change)
      return try await tracks.save(request, by: fixture.ada, timeLeft: timeLeft)
    }

    var asked: [[CommitPair]] { source.state.withLock { $0.askedPairs } }
  }

  private func with(
    url: String = "https://git.example/service", _ body: (Sourced) async throws -> Void
  ) async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await body(try await Sourced(fixture, url: url))
    }
  }

  @Test func `a tie is decided by ancestry`() async throws {
    try await with { (shop) async throws in
      shop.knows(1, .ancestor, of: 2)
      try await shop.fixture.succeed(shop.save(2, time: 10).deployment)
      let older = try await shop.save(1, time: 10)
      #expect(older.image.autoDeploy.decision == .staleCommit)
      #expect(older.deployment == nil)
      #expect(
        shop.asked == [[CommitPair(Fixture.hash(1), comparedWith: Fixture.hash(2))]])
    }
  }

  @Test func `a commit dated ahead is older than its descendants`() async throws {
    try await with { (shop) async throws in
      shop.knows(2, .descendant, of: 1)
      let pending = try await shop.save(1, time: Sourced.ahead)
      #expect(pending.image.autoDeploy.decision == .started)
      // The second image is pending first, and current later.
      let second = try await shop.save(2)
      #expect(second.image.autoDeploy.decision == .started)
      shop.knows(3, .descendant, of: 2)
      try await shop.fixture.succeed(second.deployment)
      #expect(try await shop.save(3, time: 0).image.autoDeploy.decision == .started)
    }
  }

  @Test(arguments: [Ancestry.diverged, nil])
  func `else by time, and a tie deploys`(_ ancestry: Ancestry?) async throws {
    try await with { (shop) async throws in
      for commit in [1, 2, 3] as [Int64] {
        if let ancestry { shop.knows(commit, ancestry, of: 9) }
      }
      try await shop.fixture.succeed(shop.save(9, time: 10).deployment)
      #expect(try await shop.save(1, time: 9).image.autoDeploy.decision == .staleCommit)
      #expect(try await shop.save(2, time: 10).image.autoDeploy.decision == .started)
      #expect(try await shop.save(3, time: 11).image.autoDeploy.decision == .started)
    }
  }

  @Test func `one commit is no newer than itself, whatever times are told of it`() async throws {
    try await with { (shop) async throws in
      try await shop.fixture.succeed(shop.save(1, time: 10).deployment)
      #expect(
        try await shop.save(1, run: "again", time: 9).image.autoDeploy.decision == .started)
      #expect(shop.asked.isEmpty)
    }
  }

  @Test func `by time when the repository fails`() async throws {
    try await with { (shop) async throws in
      try await shop.fixture.succeed(shop.save(2).deployment)
      shop.source.failure = IntegrationError(.unavailable, "is down")
      #expect(try await shop.save(1).image.autoDeploy.decision == .staleCommit)
      #expect(try await shop.save(3).image.autoDeploy.decision == .started)
      #expect(shop.asked.count == 2)
    }
  }

  @Test
  func `a repository that hangs is waited for, but not for long, and outside of a transaction`()
    async throws
  {
    try await with { (shop) async throws in
      let fixture = shop.fixture
      try await fixture.succeed(shop.save(2).deployment)
      let wrote = Mutex(0)
      shop.source.state.withLock {
        $0.beforeAncestries = {
          // This write would wait for the transaction, if there were one.
          _ = try? await fixture.put(EnvironmentDraft(id: "lab", projectId: "paid", name: "Lab"))
          wrote.withLock { $0 += 1 }
          // Does not end when it is cancelled.
          await Task { try? await Task.sleep(for: .seconds(86_400)) }.value
        }
      }
      let clock = ContinuousClock()
      let took = try await clock.measure {
        let saved = try await shop.save(1, timeLeft: .milliseconds(200))
        #expect(saved.image.autoDeploy.decision == .staleCommit)
      }
      #expect(took >= .milliseconds(150) && took < .seconds(20))
      #expect(wrote.withLock { $0 } == 1)
    }
  }

  @Test func `a caller that leaves is not kept by the repository`() async throws {
    try await with { (shop) async throws in
      try await shop.fixture.succeed(shop.save(2).deployment)
      let (asked, continuation) = AsyncStream<Void>.makeStream()
      shop.source.state.withLock {
        $0.beforeAncestries = {
          continuation.finish()
          await Task { try? await Task.sleep(for: .seconds(86_400)) }.value
        }
      }
      let save = Task { try await shop.save(3) }
      for await _ in asked {}
      save.cancel()
      await #expect(throws: CancellationError.self) { try await save.value }
    }
  }

  @Test func `what came there meanwhile is compared by time`() async throws {
    try await with { (shop) async throws in
      shop.knows(5, .descendant, of: 2)
      shop.knows(5, .descendant, of: 8)
      try await shop.fixture.succeed(shop.save(2).deployment)
      let fixture = shop.fixture
      shop.source.state.withLock {
        $0.beforeAncestries = {
          // This controller asks no repository.
          _ = try? await fixture.tracks.save(
            fixture.saveRequest("one", commit: 8), by: fixture.ada)
        }
      }
      let saved = try await shop.save(5)
      #expect(saved.image.autoDeploy.decision == .staleCommit)
      #expect(shop.asked.count == 1)
    }
  }

  @Test func `nobody is asked when nothing hangs on it`() async throws {
    try await with { (shop) async throws in
      // The environment is empty.
      let first = try await shop.save(2)
      try await shop.fixture.succeed(first.deployment)
      // The image was saved before.
      #expect(try await shop.save(2).image == first.image)
      // The save is refused.
      await expectRefusal(.organizationNotFound, .notFound) {
        try await shop.save(3) { $0.organizationId = "nothing" }
      }
      await expectRefusal(.invalidCommitHash, .invalidArgument) {
        try await shop.save(3) { $0.commitHash = "HEAD" }
      }
      await expectRefusal(.trackNotFound, .notFound) {
        try await shop.save(3) { $0.trackId = "nothing" }
      }
      // The image belongs to no track.
      _ = try await shop.save(4) {
        $0.trackId = ""
        $0.branch = "main"
      }
      // Into an empty environment, and into one that does not exist.
      try await shop.fixture.put(EnvironmentDraft(id: "lab", projectId: "paid", name: "Lab"))
      _ = try await shop.save(5) { $0.environmentId = "lab" }
      _ = try await shop.save(6) { $0.environmentId = "nowhere" }
      // Without auto-deploy.
      _ = try await shop.tracks.update(
        UpdateTrack(
          componentId: "service", trackId: "one", autoDeployEnabled: false,
          updateMask: ["auto_deploy_enabled"]), by: shop.fixture.ada)
      _ = try await shop.save(7)
      #expect(shop.asked.isEmpty)
    }
    try await with(url: "") { (shop) async throws in
      try await shop.fixture.succeed(shop.save(2).deployment)
      #expect(try await shop.save(1).image.autoDeploy.decision == .staleCommit)
      #expect(shop.asked.isEmpty)
    }
  }

  @Test func `nobody is asked for what was saved before`() async throws {
    try await with { (shop) async throws in
      shop.knows(2, .descendant, of: 1)
      let first = try await shop.save(1)
      try await shop.fixture.succeed(first.deployment)
      try await shop.fixture.succeed(shop.save(2).deployment)
      #expect(shop.asked.count == 1)
      #expect(try await shop.save(1).image == first.image)
      #expect(shop.asked.count == 1)
    }
  }

  @Test func `nobody is asked while a rollback holds the environment`() async throws {
    try await with { (shop) async throws in
      for commit in [1, 2] as [Int64] {
        try await shop.fixture.succeed(shop.save(commit).deployment)
      }
      _ = try await shop.tracks.rollBack(
        DeploymentRequest(componentId: "service", trackId: "one"), by: shop.fixture.ada)
      let before = shop.asked.count
      #expect(try await shop.save(3).image.autoDeploy.decision == .held)
      #expect(shop.asked.count == before)
    }
  }

  @Test func `a check alone tells what the save would`() async throws {
    try await with { (shop) async throws in
      shop.knows(1, .ancestor, of: 2)
      try await shop.fixture.succeed(shop.save(2, time: 10).deployment)
      let checked = try await shop.save(1, time: 10) { $0.options.validateOnly = true }
      #expect(checked.image.autoDeploy.decision == .staleCommit)
    }
  }
}
