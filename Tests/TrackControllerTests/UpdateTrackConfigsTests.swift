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
        try $0.configRevisions(
          ConfigRevisionQuery(componentId: "service", trackId: track.id, limit: 10))
      }.revisions
      #expect(kept.map(\.number) == [2, 1])
      #expect(kept.map(\.configs.endpoints) == [second.endpoints, first.endpoints])
      #expect(try await fixture.all("service") == [second])
    }
  }

  @Test func `makes none of what is there already`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      let first = try await update(fixture, track, [one, two])
      let before = try await fixture.lastPlace()
      #expect(try await update(fixture, track, [two, one], etag: "\"2\"") == first)
      #expect(try await update(fixture, track, []) == first)
      #expect(try await fixture.lastPlace() == before)
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

  // MARK: Single variables

  private func change(
    _ fixture: Fixture, _ track: Track, set: [String: String] = [:], remove: [String] = [],
    mask: [String] = []
  ) async throws -> ConfiguredTrack {
    fixture.clock.advance(seconds: 1)
    return try await fixture.tracks.updateConfigs(
      UpdateTrackConfigs(
        componentId: track.componentId, trackId: track.id,
        setVariables: set.sorted { $0.key > $1.key }.map {
          EnvironmentVariableDraft(name: $0.key, source: .value($0.value))
        }, removedVariables: remove, updateMask: mask), by: fixture.ada)
  }

  @Test func `sets and removes single variables`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      let settings = APISettings(rateLimitTier: "GOLD")
      _ = try await configure(fixture, track, settings: settings)
      _ = try await change(fixture, track, set: ["B": "1", "A": "1"])
      let second = try await change(fixture, track, set: ["C": "1", "A": "2"], remove: ["B", "X"])
      #expect(
        second.configs
          == TrackConfigs(
            apiSettings: settings,
            environmentVariables: [
              EnvironmentVariable(name: "A", source: .value("2")),
              EnvironmentVariable(name: "C", source: .value("1")),
            ]))
      #expect(second.track.configRevision == 3)
      // The same again, and what is not there, change nothing.
      let before = try await fixture.lastPlace()
      #expect(try await change(fixture, track, set: ["A": "2"], remove: ["B"]) == second)
      #expect(try await fixture.lastPlace() == before)
      // With a mask that is about something else.
      let third = try await change(
        fixture, track, set: ["D": "1"], mask: ["api_settings.rate_limit_tier"])
      #expect(third.configs.apiSettings == nil)
      #expect(third.configs.environmentVariables.map(\.name) == ["A", "C", "D"])
    }
  }

  @Test(
    arguments: [
      (["1"], [], [], ["set_environment_variables[0].name"]),
      (["A"], ["A"], [], ["remove_environment_variables[0]"]),
      ([], ["A", "A", "", "a-b"], [], (1...3).map { "remove_environment_variables[\($0)]" }),
      (["A"], [], ["environment_variables"], ["set_environment_variables"]),
      ([], ["A"], ["*"], ["remove_environment_variables"]),
      ([], (0...200).map { "A\($0)" }, [], ["remove_environment_variables"]),
      ((0...200).map { "A\($0)" }, [], [], ["set_environment_variables"]),
    ] as [([String], [String], [String], [String])])
  func `refuses single variables that make no sense`(
    set: [String], remove: [String], mask: [String], fields: [String]
  ) async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      let error = await expectRefusal(.invalidEnvironmentVariable, .invalidArgument) {
        try await change(
          fixture, track, set: Dictionary(set.map { ($0, "x") }) { first, _ in first },
          remove: remove, mask: mask)
      }
      #expect(error?.fields.map(\.field) == fields)
    }
  }

  @Test func `has no more variables than there may be`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      let many = Dictionary(uniqueKeysWithValues: (0..<200).map { ("A\($0)", "x") })
      _ = try await change(fixture, track, set: many)
      let error = await expectRefusal(.invalidEnvironmentVariable, .invalidArgument) {
        try await change(fixture, track, set: ["B": "x", "A0": "y"])
      }
      #expect(error?.fields.map(\.field) == ["set_environment_variables"])
      let replaced = try await change(fixture, track, set: ["B": "x", "A0": "y"], remove: ["A1"])
      #expect(replaced.configs.environmentVariables.count == 200)
    }
  }

  // MARK: Reading

  private func read(
    _ fixture: Fixture, _ track: Track, _ number: Int32 = 0
  ) async throws -> GetTrackConfigs.Found {
    try await fixture.tracks.configs(
      GetTrackConfigs(componentId: track.componentId, trackId: track.id, number: number))
  }

  @Test func `is read as it is, and as it was`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      let none = try await read(fixture, track)
      #expect(none.number == 0 && none.configs == TrackConfigs() && none.revision == nil)
      _ = try await update(fixture, track, [one])
      _ = try await configure(fixture, track, settings: APISettings(rateLimitTier: "GOLD"))
      let last = try await change(fixture, track, set: ["A": "1"])
      #expect(try await read(fixture, track).configs == last.configs)
      #expect(try await read(fixture, track, 3).revision?.number == 3)
      let second = try await read(fixture, track, 2)
      #expect(second.configs.environmentVariables.isEmpty)
      #expect(second.track == last.track && second.revision?.actor == fixture.ada)
      let expected: [Int32: [ConfigChange]] = [
        1: [ConfigChange(.added, "endpoints/one")], 2: [ConfigChange(.added, "api_settings")],
        3: [ConfigChange(.added, "environment_variables/A")],
      ]
      for (number, changes) in expected {
        #expect(try await read(fixture, track, number).revision?.changes == changes)
      }
      await expectRefusal(.configRevisionNotFound, .notFound) {
        try await read(fixture, track, 4)
      }
      await expectRefusal(.configRevisionNotFound, .notFound) {
        try await read(fixture, track, .max)
      }
      let error = await expectRefusal(.invalidConfigRevision, .invalidArgument) {
        try await read(fixture, track, -1)
      }
      #expect(error?.fields.map(\.field) == ["config_revision"])
      var missing = track
      missing.id = "missing"
      await expectRefusal(.trackNotFound, .notFound) { try await read(fixture, missing) }
    }
  }

  @Test func `is listed by pages, the newest first, with what each changed`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      func list(_ size: Int32 = 0, _ token: String = "") async throws -> ListConfigRevisions.Page {
        try await fixture.tracks.configRevisions(
          ListConfigRevisions(
            componentId: track.componentId, trackId: track.id, pageSize: size, pageToken: token))
      }
      #expect(try await list().revisions.isEmpty)
      _ = try await change(fixture, track, set: ["A": "1", "B": "1"])
      _ = try await change(fixture, track, set: ["A": "2", "C": "1"], remove: ["B"])
      _ = try await change(fixture, track, remove: ["C"])
      let all = try await list().revisions
      #expect(all.map(\.number) == [3, 2, 1])
      #expect(
        all.map(\.changes) == [
          [ConfigChange(.removed, "environment_variables/C")],
          [
            ConfigChange(.updated, "environment_variables/A"),
            ConfigChange(.removed, "environment_variables/B"),
            ConfigChange(.added, "environment_variables/C"),
          ],
          [
            ConfigChange(.added, "environment_variables/A"),
            ConfigChange(.added, "environment_variables/B"),
          ],
        ])
      let first = try await list(2)
      #expect(first.revisions == Array(all.prefix(2)))
      let rest = try await list(7, first.nextPageToken)
      #expect(rest.revisions == Array(all.suffix(1)) && rest.nextPageToken.isEmpty)
      await expectRefusal(.invalidPageToken, .invalidArgument) { try await list(1, "nonsense") }
      let other = try await fixture.create("service", "v1.1")
      await expectRefusal(.invalidPageToken, .invalidArgument) {
        try await fixture.tracks.configRevisions(
          ListConfigRevisions(
            componentId: "service", trackId: other.id, pageToken: first.nextPageToken))
      }
      await expectRefusal(.trackNotFound, .notFound) {
        try await fixture.tracks.configRevisions(
          ListConfigRevisions(componentId: "service", trackId: "missing"))
      }
    }
  }
}
