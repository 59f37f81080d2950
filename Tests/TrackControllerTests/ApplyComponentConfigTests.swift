import TestSupport
import Testing
import TrackDomain

@testable import TrackController

/// A track of a component whose repository has files at commits.
private struct Repository {
  let fixture: Fixture
  let source = FakeRepository()
  let tracks: TrackController
  let track: Track

  static let first = String(repeating: "a", count: 40)
  static let second = String(repeating: "b", count: 40)
  static let file = "app/.choreo/component.yaml"

  static func with(
    branch: String = "main", url: String = "https://git.example/app",
    _ body: (Repository) async throws -> Void
  ) async throws {
    try await Fixture.with { (fixture) async throws in
      try await body(try await Repository(fixture, branch, url))
    }
  }

  private init(_ fixture: Fixture, _ branch: String, _ url: String) async throws {
    self.fixture = fixture
    let clock = fixture.clock
    tracks = TrackController(
      store: fixture.store, integrations: Integrations(source: source, sourceConfigs: source),
      now: { clock.now })
    try await fixture.put(
      ComponentDraft(
        id: "service", projectId: "paid", type: .service, repositoryURL: url,
        sourcePath: "./app/", autoBuildOnCommit: true))
    track = try await fixture.create("service", "v1.0", branch: branch)
    source.commit(
      Self.first,
      [Self.file: "endpoint b 8080 api.yaml\nendpoint a 8081\nvariable X 1", "app/api.yaml": ""])
    source.commit(
      Self.second,
      [
        Self.file: "endpoint b 8082\nendpoint c 8081\nvariable Y 1\nwarning careful",
        "app/.choreo/endpoints.yaml": "",
      ])
  }

  func apply(
    _ commit: String = "", etag: String = "", options: MutationOptions = MutationOptions()
  ) async throws -> AppliedConfig {
    fixture.clock.advance(seconds: 1)
    return try await tracks.apply(
      ApplyComponentConfig(
        componentId: "service", trackId: track.id, commitHash: commit, etag: etag,
        options: options), by: fixture.ada)
  }

  func configure(
    _ endpoints: [String], _ variables: [String] = [], mask: [String] = []
  ) async throws -> ConfiguredTrack {
    try await tracks.updateConfigs(
      UpdateTrackConfigs(
        componentId: "service", trackId: track.id,
        endpoints: endpoints.map { EndpointDraft(name: $0, type: .rest, port: 8080) },
        environmentVariables: variables.map { .init(name: $0, source: .value("user")) },
        updateMask: mask), by: fixture.ada)
  }
}

@Suite(.timeLimit(.minutes(2))) struct ApplyComponentConfigTests {
  @Test func `brings in what a commit defines, and then what another does`() async throws {
    try await Repository.with { (repository) async throws in
      let first = try await repository.apply("aaaaaaa")
      #expect(first.outcome.commit == Repository.first)
      #expect(first.outcome.fileName == Repository.file)
      #expect(first.outcome.track.endpoints.map(\.name) == ["a", "b"])
      #expect(first.outcome.track.configRevision == 1)
      #expect(first.configs.environmentVariables.map(\.name) == ["X"])
      #expect(
        first.outcome.changes == [
          ConfigChange(.added, "endpoints/a"), ConfigChange(.added, "endpoints/b"),
          ConfigChange(.added, "environment_variables/X"),
        ])
      let second = try await repository.apply()
      #expect(second.outcome.commit == Repository.second)
      #expect(
        second.outcome.changes == [
          ConfigChange(.removed, "endpoints/a"), ConfigChange(.updated, "endpoints/b"),
          ConfigChange(.added, "endpoints/c"),
          ConfigChange(.removed, "environment_variables/X"),
          ConfigChange(.added, "environment_variables/Y"),
        ])
      #expect(second.outcome.warnings.count == 2)
      #expect(second.outcome.warnings.contains("careful"))
      let kept = try await repository.fixture.store.read {
        try $0.configRevisions(
          ConfigRevisionQuery(componentId: "service", trackId: repository.track.id, limit: 10))
      }.revisions
      #expect(kept.map(\.configs) == [second.configs, first.configs])
    }
  }

  @Test func `changes nothing with the same commit`() async throws {
    try await Repository.with { (repository) async throws in
      let first = try await repository.apply()
      let before = try await repository.fixture.lastPlace()
      let second = try await repository.apply(Repository.second)
      #expect(second.outcome.track == first.outcome.track)
      #expect(second.outcome.changes == [])
      #expect(second.configs == first.configs)
      #expect(try await repository.fixture.lastPlace() == before)
    }
  }

  @Test func `leaves alone what users defined`() async throws {
    try await Repository.with { (repository) async throws in
      _ = try await repository.configure(["mine"], ["X", "MINE"])
      let applied = try await repository.apply(Repository.first)
      #expect(applied.configs.endpoints.map(\.name) == ["a", "b", "mine"])
      #expect(applied.configs.endpoints.map(\.origin) == [.sourceConfig, .sourceConfig, .user])
      #expect(applied.configs.environmentVariables.map(\.name) == ["MINE", "X", "X"])
      #expect(
        applied.configs.environmentVariables.map(\.origin) == [.user, .user, .sourceConfig])
      #expect(
        applied.configs.effectiveEnvironmentVariables.map(\.source) == [
          .value("user"), .value("user"),
        ])
      let cleared = try await repository.configure([], mask: ["*"])
      #expect(cleared.configs.endpoints.map(\.name) == ["a", "b"])
      #expect(cleared.configs.environmentVariables.map(\.origin) == [.sourceConfig])
    }
  }

  @Test func `a user's variable comes before the file's, whichever was there first`() async throws {
    try await Repository.with { (repository) async throws in
      _ = try await repository.apply(Repository.first)
      let configured = try await repository.configure([], ["X"])
      #expect(configured.configs.environmentVariables.map(\.name) == ["X", "X"])
      #expect(configured.configs.environmentVariables.map(\.origin) == [.user, .sourceConfig])
    }
  }

  @Test func `refuses a name that a user's endpoint has`() async throws {
    try await Repository.with { (repository) async throws in
      _ = try await repository.configure(["a"])
      await expectRefusal(.endpointNameTaken, .failedPrecondition) {
        try await repository.apply(Repository.first)
      }
    }
  }

  @Test func `only checks when asked to`() async throws {
    try await Repository.with { (repository) async throws in
      let before = try await repository.fixture.lastPlace()
      let options = MutationOptions(validateOnly: true)
      let applied = try await repository.apply(options: options)
      #expect(applied.outcome.changes.count == 3)
      #expect(applied.outcome.track.configRevision == 1)
      #expect(try await repository.fixture.lastPlace() == before)
    }
  }

  @Test func `answers a repeated request without the repository`() async throws {
    try await Repository.with { (repository) async throws in
      let options = MutationOptions(requestId: "5b3c1d2e-0000-4000-8000-000000000001")
      let first = try await repository.apply(options: options)
      repository.source.failure = IntegrationError(.unavailable, "down")
      _ = try await repository.configure(["later"])
      let calls = repository.source.calls
      let again = try await repository.apply(options: options)
      #expect(again == first)
      #expect(repository.source.calls == calls)
      await expectRefusal(.requestIdReused, .invalidArgument) {
        try await repository.apply(Repository.first, options: options)
      }
    }
  }

  @Test func `a track that is not as the caller knows it comes before a repository that is down`()
    async throws
  {
    try await Repository.with { (repository) async throws in
      repository.source.failure = IntegrationError(.unavailable, "down")
      await expectRefusal(.etagMismatch, .aborted) { try await repository.apply(etag: "another") }
      #expect(repository.source.calls == 0)
      await expectRefusal(.gitUnavailable, .unavailable) { try await repository.apply() }
    }
  }

  @Test func `a caller that leaves is told that, and not of the repository`() async throws {
    try await Repository.with { (repository) async throws in
      repository.source.failure = IntegrationError(.unavailable, "was cancelled")
      let request = MigrateSourceConfig(componentId: "service", trackId: repository.track.id)
      let call = Task {
        unsafe withUnsafeCurrentTask { task in unsafe task?.cancel() }
        return try await repository.tracks.migrate(request)
      }
      await #expect(throws: CancellationError.self) { try await call.value }
      #expect(repository.source.calls == 1)
    }
  }

  @Test func `tells all that is wrong with a file at once`() async throws {
    try await Repository.with { (repository) async throws in
      let commit = String(repeating: "c", count: 40)
      repository.source.commit(
        commit, [Repository.file: "endpoint a 1 missing.yaml\nnonsense\nendpoint b 2 gone.yaml"])
      let error = await expectRefusal(.sourceConfigInvalid, .failedPrecondition) {
        try await repository.apply()
      }
      #expect(error?.fields.map(\.field) == ["line[0]", "line[1]", "line[2]"])
      #expect(error?.fields.first?.description.hasPrefix("line 1, column 3: ") == true)
      #expect(error?.metadata["violations"] == "3")
      #expect(error?.metadata["file"] == Repository.file)
    }
  }

  @Test func `tells as many violations as fit`() async throws {
    try await Repository.with { (repository) async throws in
      let commit = String(repeating: "c", count: 40)
      repository.source.commit(
        commit, [Repository.file: String(repeating: "x\n", count: 400)])
      let error = await expectRefusal(.sourceConfigInvalid, .failedPrecondition) {
        try await repository.apply()
      }
      let fields = error?.fields ?? []
      #expect(fields.count > 50 && fields.count < 150)
      #expect(fields.last?.description == "has \(400 - fields.count + 1) violations more")
    }
  }

  @Test func `tells of a file that is too long`() async throws {
    try await Repository.with { (repository) async throws in
      let commit = String(repeating: "c", count: 40)
      repository.source.commit(commit, [Repository.file: String(repeating: "x", count: 1001)])
      let error = await expectRefusal(.sourceConfigInvalid, .failedPrecondition) {
        try await repository.apply()
      }
      #expect(error?.fields.map(\.field) == ["app/.choreo"])
    }
  }

  @Test func `tells what a file would have to be called`() async throws {
    try await Repository.with { (repository) async throws in
      let commit = String(repeating: "c", count: 40)
      let misnamed = "app/.choreo/component.yml"
      repository.source.commit(commit, [misnamed: "endpoint a 8080"])
      let error = await expectRefusal(.sourceConfigNotFound, .notFound) {
        try await repository.apply()
      }
      let hint = "\(misnamed) would have to be called component.yaml"
      #expect(error?.metadata["hint"] == hint && error?.message.hasSuffix(hint) == true)
      repository.source.commit(commit, [misnamed: "", "app/.choreo/endpoints.yaml": ""])
      #expect(
        try await repository.apply().outcome.warnings == [
          "\(misnamed): is not looked at: it would have to be called component.yaml"
        ])
    }
  }

  @Test func `tells that a file that is referred to is a link to nowhere`() async throws {
    try await Repository.with { (repository) async throws in
      let commit = String(repeating: "c", count: 40)
      repository.source.commit(commit, [Repository.file: "endpoint a 8080 a.yaml"])
      repository.source.link("app/a.yaml", "leads to no path")
      let error = await expectRefusal(.sourceConfigInvalid, .failedPrecondition) {
        try await repository.apply()
      }
      #expect(
        error?.fields.first?.description.hasSuffix(
          "app/a.yaml is a symbolic link that leads to no path") == true)
    }
  }

  @Test func `finds nothing where there is nothing`() async throws {
    try await Repository.with { (repository) async throws in
      let commit = String(repeating: "c", count: 40)
      repository.source.commit(commit, [".choreo/component.yaml": ""])
      await expectRefusal(.sourceConfigNotFound, .notFound) { try await repository.apply() }
      await expectRefusal(.commitNotFound, .notFound) { try await repository.apply("ddddddd") }
      for bad in ["abc", "zzzzzzz", "--upload-pack=x", String(repeating: "a", count: 65)] {
        await expectRefusal(.invalidCommitHash, .invalidArgument) {
          try await repository.apply(bad)
        }
      }
      await expectRefusal(.etagMismatch, .aborted) { try await repository.apply(etag: "\"7\"") }
    }
  }

  @Test(arguments: [
    (IntegrationError.Kind.unavailable, ErrorReason.gitUnavailable, DomainError.Kind.unavailable),
    (.accessDenied, .repoAccessLost, .failedPrecondition),
    (.refused, .repoAccessLost, .failedPrecondition),
    (.notFound, .commitNotFound, .notFound), (.invalid, .noRepository, .failedPrecondition),
    (.notACommit, .notACommit, .invalidArgument), (.locked, .gitUnavailable, .unavailable),
    (.damaged, .gitUnavailable, .unavailable), (.cancelled, .gitUnavailable, .unavailable),
  ])
  func `says what is wrong with a repository`(
    failure: IntegrationError.Kind, reason: ErrorReason, kind: DomainError.Kind
  ) async throws {
    try await Repository.with { (repository) async throws in
      repository.source.failure = IntegrationError(failure, "because")
      let error = await expectRefusal(reason, kind) { try await repository.apply() }
      #expect(error?.message.contains("because") == true)
      #expect((error?.retrySeconds != nil) == (kind == .unavailable))
      await expectRefusal(reason, kind) {
        try await repository.tracks.migrate(
          MigrateSourceConfig(componentId: "service", trackId: repository.track.id))
      }
    }
  }

  @Test func `takes a branch or a commit, and a repository`() async throws {
    try await Repository.with(branch: "") { (repository) async throws in
      await expectRefusal(.branchUnlinked, .failedPrecondition) { try await repository.apply() }
      #expect(try await repository.apply(Repository.first).outcome.commit == Repository.first)
    }
    try await Repository.with(url: "") { (repository) async throws in
      await expectRefusal(.noRepository, .failedPrecondition) { try await repository.apply() }
    }
  }

  @Test func `migrates, and says of what`() async throws {
    try await Repository.with { (repository) async throws in
      func migrate(_ commit: String) async throws -> MigrateSourceConfig.Migrated {
        try await repository.tracks.migrate(
          MigrateSourceConfig(
            componentId: "service", trackId: repository.track.id, commitHash: commit))
      }
      let newest = try await migrate("bbbbbbb")
      #expect(newest.migratedFrom == "")
      #expect(newest.warnings == ["careful"])
      let commit = String(repeating: "c", count: 40)
      repository.source.commit(commit, ["app/.choreo/endpoints.yaml": "endpoint a 1"])
      let migrated = try await migrate("")
      #expect(migrated.migratedFrom == "endpoints.yaml")
      #expect(migrated.fileName == "component.yaml")
      #expect(migrated.commit == commit)
      repository.source.commit(commit, ["app/.choreo/endpoints.yaml": "x\ny"])
      let error = await expectRefusal(.sourceConfigInvalid, .failedPrecondition) {
        try await migrate("")
      }
      #expect(error?.fields.count == 2)
      #expect(try await repository.fixture.all("service") == [repository.track])
    }
  }
}
