import Testing
import TrackController
import TrackDomain

/// The tier of organizations, from subscriptions instead of the catalog.
@Suite(.timeLimit(.minutes(2))) struct SubscriptionTests {
  private struct Answers: Subscriptions {
    let answer: Result<OrganizationTier?, IntegrationError>

    var calls: Counter?

    func tier(organizationId: String) async throws(IntegrationError) -> OrganizationTier? {
      calls?.add()
      return try answer.get()
    }
  }

  private static let down = IntegrationError(.unavailable, "the service cannot be reached")

  private func controller(
    _ fixture: Fixture, _ answer: Result<OrganizationTier?, IntegrationError>
  ) -> TrackController {
    TrackController(
      store: fixture.store, integrations: Integrations(subscriptions: Answers(answer: answer)),
      now: { [clock = fixture.clock] in clock.now })
  }

  private func create(
    _ tracks: TrackController, _ componentId: String, count: Int, by actor: Principal
  ) async throws {
    for number in 0..<count {
      _ = try await tracks.create(
        CreateTrack(componentId: componentId, apiVersion: "v1.\(number)"), by: actor)
    }
  }

  @Test func `their answer counts before the catalog's`() async throws {
    try await Fixture.with { (fixture) async throws in
      try await create(
        controller(fixture, .success(.paid)), "free-service", count: 3, by: fixture.ada)
      await expectRefusal(.trackLimitReached, .resourceExhausted) {
        try await create(
          controller(fixture, .success(.free)), "service", count: 3, by: fixture.ada)
      }
      #expect(try await fixture.all("service").count == 2)
    }
  }

  @Test func `where they say nothing, the catalog does`() async throws {
    try await Fixture.with { (fixture) async throws in
      let tracks = controller(fixture, .success(nil))
      await expectRefusal(.trackLimitReached, .resourceExhausted) {
        try await create(tracks, "free-service", count: 3, by: fixture.ada)
      }
      try await create(tracks, "service", count: 3, by: fixture.ada)
    }
  }

  @Test(arguments: [true, false])
  func `without an answer there is no track, whatever the catalog says`(
    validateOnly: Bool
  ) async throws {
    try await Fixture.with { (fixture) async throws in
      let error = await expectRefusal(.subscriptionsUnavailable, .unavailable) {
        try await controller(fixture, .failure(Self.down)).create(
          CreateTrack(
            componentId: "service", apiVersion: "v1.0",
            options: MutationOptions(validateOnly: validateOnly)), by: fixture.ada)
      }
      #expect(error?.retrySeconds != nil)
      #expect(error?.message.contains(Self.down.message) == true)
      #expect(error?.metadata == ["organization": "paid"])
      #expect(try await fixture.all("service").isEmpty)
    }
  }

  @Test func `nobody is asked for a replay, or where the request is refused anyway`() async throws {
    try await Fixture.with { (fixture) async throws in
      let calls = Counter()
      let tracks = TrackController(
        store: fixture.store,
        integrations: Integrations(
          subscriptions: Answers(answer: .success(.paid), calls: calls)),
        now: { [clock = fixture.clock] in clock.now })
      let request = CreateTrack(
        componentId: "service", apiVersion: "v1.0",
        options: MutationOptions(requestId: "11111111-1111-4111-8111-111111111111"))
      for _ in 0..<3 { _ = try await tracks.create(request, by: fixture.ada) }
      #expect(calls.value == 1)
      for (component, version) in [("service", "x"), ("service", ""), ("nothing", "v1.0")] {
        await #expect(throws: DomainError.self) {
          try await tracks.create(
            CreateTrack(componentId: component, apiVersion: version), by: fixture.ada)
        }
      }
      #expect(calls.value == 1)
    }
  }

  @Test func `a replay and a request that is wrong need no answer`() async throws {
    try await Fixture.with { (fixture) async throws in
      let request = CreateTrack(
        componentId: "service", apiVersion: "v1.0",
        options: MutationOptions(requestId: "11111111-1111-4111-8111-111111111111"))
      let track = try await fixture.tracks.create(request, by: fixture.ada)
      let tracks = controller(fixture, .failure(Self.down))
      #expect(try await tracks.create(request, by: fixture.ada) == track)
      await expectRefusal(.invalidAPIVersion, .invalidArgument) {
        try await tracks.create(
          CreateTrack(componentId: "service", apiVersion: "x"), by: fixture.ada)
      }
      await expectRefusal(.componentNotFound, .notFound) {
        try await tracks.create(
          CreateTrack(componentId: "nothing", apiVersion: "v1.0"), by: fixture.ada)
      }
    }
  }
}
