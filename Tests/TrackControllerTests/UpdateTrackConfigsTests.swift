import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct UpdateTrackConfigsTests {
  private func update(
    _ fixture: Fixture, _ track: Track, _ endpoints: [EndpointDraft], etag: String = "",
    mask: [String] = []
  ) async throws -> Track {
    fixture.clock.advance(seconds: 1)
    return try await fixture.tracks.updateConfigs(
      UpdateTrackConfigs(
        componentId: track.componentId, trackId: track.id, endpoints: endpoints, etag: etag,
        updateMask: mask), by: fixture.ada
    ).track
  }

  private let one = EndpointDraft(name: "one", type: .rest, port: 8080)
  private let two = EndpointDraft(name: "two", type: .grpc, port: 9090, visibilities: [.project])

  @Test func `makes numbered configurations`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      let first = try await update(fixture, track, [two, one])
      #expect(first.endpoints.map(\.name) == ["one", "two"])
      #expect(first.configRevision == 1)
      #expect(first.revision == 2)
      let second = try await update(fixture, track, [two])
      #expect(second.configRevision == 2)
      let kept = try await fixture.store.read {
        try $0.configRevisions(componentId: "service", trackId: track.id, from: 1, limit: 10)
      }
      #expect(kept.map(\.number) == [1, 2])
      #expect(kept.map(\.configs.endpoints) == [first.endpoints, second.endpoints])
      #expect(try await fixture.all("service") == [second])
    }
  }

  @Test func `makes none of what is there already`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      let first = try await update(fixture, track, [one, two])
      let before = try await fixture.lastChange()
      #expect(try await update(fixture, track, [two, one], etag: "\"2\"") == first)
      #expect(try await update(fixture, track, []) == first)
      #expect(try await fixture.lastChange() == before)
    }
  }

  @Test(arguments: [["*"], ["endpoints"]])
  func `removes all endpoints with a mask`(mask: [String]) async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      _ = try await update(fixture, track, [one, two])
      let empty = try await update(fixture, track, [], mask: mask)
      #expect(empty.endpoints.isEmpty)
      #expect(empty.configRevision == 2)
    }
  }

  @Test func `refuses bad endpoints, masks and etags`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      var bad = one
      bad.port = 80
      let error = await expectRefusal(.invalidEndpoint, .invalidArgument) {
        try await update(fixture, track, [one, bad])
      }
      #expect(error?.fields.map(\.field) == ["endpoints[1].port", "endpoints[1].name"])
      await expectRefusal(.immutableField, .invalidArgument) {
        try await update(fixture, track, [one], mask: ["branch"])
      }
      await expectRefusal(.invalidUpdateMask, .invalidArgument) {
        try await update(fixture, track, [one], mask: ["endpoints.port"])
      }
      await expectRefusal(.etagMismatch, .aborted) {
        try await update(fixture, track, [one], etag: "\"7\"")
      }
      var missing = track
      missing.id = "missing"
      await expectRefusal(.trackNotFound, .notFound) { try await update(fixture, missing, [one]) }
    }
  }

  @Test func `leaves those of the source configuration alone`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      try await fixture.setEndpoints(of: track, ["two"], sourceConfig: ["one"])
      await expectRefusal(.endpointNameTaken, .failedPrecondition) {
        try await update(fixture, track, [one])
      }
      let changed = try await update(fixture, track, [], mask: ["*"])
      #expect(changed.endpoints.map(\.name) == ["one"])
      #expect(changed.endpoints.map(\.origin) == [.sourceConfig])
    }
  }

  // MARK: API settings and environment variables

  private func configure(
    _ fixture: Fixture, _ track: Track, settings: APISettings? = nil,
    variables: [EnvironmentVariableDraft] = [], mask: [String] = []
  ) async throws -> ConfiguredTrack {
    fixture.clock.advance(seconds: 1)
    return try await fixture.tracks.updateConfigs(
      UpdateTrackConfigs(
        componentId: track.componentId, trackId: track.id, apiSettings: settings,
        environmentVariables: variables, updateMask: mask), by: fixture.ada)
  }

  @Test func `changes what it is given, and keeps the rest`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      _ = try await update(fixture, track, [one])
      let settings = APISettings(
        securitySchemes: ["OAUTH", "API_KEY"], cors: .init(allowMethods: ["GET", "PUT"]))
      let first = try await configure(fixture, track, settings: settings)
      #expect(first.configs.apiSettings == settings)
      #expect(first.configs.endpoints.map(\.name) == ["one"])
      let second = try await configure(
        fixture, track,
        variables: [.init(name: "B", source: .value("2")), .init(name: "A", source: .value("1"))])
      #expect(second.configs.apiSettings == settings)
      #expect(second.configs.environmentVariables.map(\.name) == ["A", "B"])
      #expect(second.track.configRevision == 3)
      let third = try await update(fixture, track, [two])
      #expect(third.configRevision == 4)
      let kept = try await fixture.store.read {
        try $0.configRevision(componentId: "service", trackId: track.id, number: 4)
      }
      #expect(kept?.configs.apiSettings == settings)
      #expect(kept?.configs.environmentVariables == second.configs.environmentVariables)
      #expect(kept?.configs.endpoints.map(\.name) == ["two"])
    }
  }

  @Test func `makes nothing of settings in another order`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      let first = try await configure(
        fixture, track, settings: APISettings(securitySchemes: ["OAUTH", "API_KEY"]))
      let second = try await configure(
        fixture, track, settings: APISettings(securitySchemes: ["API_KEY", "OAUTH"]))
      #expect(second == first)
    }
  }

  @Test func `clears what a mask names`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      let settings = APISettings(rateLimitTier: "GOLD")
      let variable = EnvironmentVariableDraft(name: "A", source: .value("1"))
      _ = try await configure(fixture, track, settings: settings, variables: [variable])
      let none = try await configure(fixture, track)
      #expect(none.track.configRevision == 1)
      let first = try await configure(fixture, track, mask: ["api_settings"])
      #expect(first.configs.apiSettings == nil)
      #expect(first.configs.environmentVariables.count == 1)
      _ = try await configure(fixture, track, settings: settings)
      #expect(try await configure(fixture, track, settings: .init()).configs.apiSettings == nil)
      let last = try await configure(fixture, track, mask: ["*"])
      #expect(last.configs == TrackConfigs())
    }
  }

  @Test func `tells violations of all fields at once`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      let error = await expectRefusal(.invalidAPISettings, .invalidArgument) {
        try await configure(
          fixture, track, settings: .init(cors: .init(allowMethods: ["GET", "get"])),
          variables: [.init(name: "a-b", source: .value(""))])
      }
      #expect(
        error?.fields.map(\.field) == [
          "api_settings.cors.allow_methods[1]", "environment_variables[0].name",
        ])
    }
  }
}
