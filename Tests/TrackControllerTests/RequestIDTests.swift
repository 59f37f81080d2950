import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct RequestIDTests {
  private let options = MutationOptions(requestId: "9b2f1c3e-0000-4000-8000-0123456789ab")

  @Test func `give the same request the same response, whatever happened since`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("free-service", "v1.0", options: options)
      try await fixture.create("free-service", "v1.1")
      let before = try await fixture.lastPlace()
      // Quota and uniqueness would refuse it by now.
      #expect(try await fixture.create("free-service", "v1.0", options: options) == track)
      #expect(track.isLatest)
      #expect(try await fixture.lastPlace() == before)
    }
  }

  @Test func `do not look at the case of the id`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0", options: options)
      let upper = MutationOptions(requestId: options.requestId.uppercased())
      #expect(try await fixture.create("service", "v1.0", options: upper) == track)
    }
  }

  @Test func `refuse another request, even one of bad form`() async throws {
    try await Fixture.with { (fixture) async throws in
      try await fixture.create("service", "v1.0", options: options)
      await expectRefusal(.requestIdReused, .invalidArgument) {
        try await fixture.create("service", "v1.1", options: options)
      }
      await expectRefusal(.requestIdReused, .invalidArgument) {
        try await fixture.create("service", "1.1", options: options)
      }
      await expectRefusal(.requestIdReused, .invalidArgument) {
        try await fixture.create("missing", "v1.0", options: options)
      }
    }
  }

  @Test func `are scoped to caller and method`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0", options: options)
      let other = try await fixture.tracks.create(
        CreateTrack(componentId: "service", apiVersion: "v1.1", options: options),
        by: Principal(name: "bob", isVerified: false))
      #expect(other.id != track.id)
      let updated = try await fixture.tracks.update(
        UpdateTrack(
          componentId: "service", trackId: track.id, description: "x", options: options),
        by: fixture.ada)
      #expect(updated.description == "x")
    }
  }

  @Test func `remember successes only`() async throws {
    try await Fixture.with { (fixture) async throws in
      await expectRefusal(.componentNotFound, .notFound) {
        try await fixture.create("later", "v1.0", options: options)
      }
      try await fixture.put(ComponentDraft(id: "later", projectId: "paid", type: .service))
      #expect(try await fixture.create("later", "v1.0", options: options).isLatest)
    }
  }

  @Test func `come before etags, and cover updates that changed nothing`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      let request = UpdateTrack(
        componentId: "service", trackId: track.id, description: "x", etag: "\"1\"", options: options
      )
      let updated = try await fixture.tracks.update(request, by: fixture.ada)
      #expect(try await fixture.tracks.update(request, by: fixture.ada) == updated)
      let again = UpdateTrack(
        componentId: "service", trackId: track.id, description: "x",
        options: MutationOptions(requestId: "9b2f1c3e-0000-4000-8000-000000000001"))
      let same = try await fixture.tracks.update(again, by: fixture.ada)
      _ = try await fixture.tracks.update(
        UpdateTrack(componentId: "service", trackId: track.id, description: "y"), by: fixture.ada)
      #expect(try await fixture.tracks.update(again, by: fixture.ada) == same)
    }
  }

  @Test func `replay deletions`() async throws {
    try await Fixture.with { (fixture) async throws in
      let first = try await fixture.create("service", "v1.0")
      let second = try await fixture.create("service", "v1.1")
      let request = DeleteTrack(componentId: "service", trackId: second.id, options: options)
      #expect(try await fixture.tracks.delete(request, by: fixture.ada).latestTrackId == first.id)
      #expect(try await fixture.tracks.delete(request, by: fixture.ada).latestTrackId == first.id)
    }
  }

  @Test func `do not delete a later track of the same id`() async throws {
    try await Fixture.with { (fixture) async throws in
      let stays = try await fixture.create("service", "v1.0")
      try await fixture.create("service", "v1.1", id: "again")
      let request = DeleteTrack(componentId: "service", trackId: "again", options: options)
      #expect(try await fixture.tracks.delete(request, by: fixture.ada).latestTrackId == stays.id)
      let later = try await fixture.create("service", "v1.2", id: "again")
      #expect(try await fixture.tracks.delete(request, by: fixture.ada).latestTrackId == stays.id)
      #expect(try await fixture.all("service").first == later)
    }
  }

  @Test func `replay changes of the configuration and of the catalog`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      let request = UpdateTrackConfigs(
        componentId: "service", trackId: track.id,
        endpoints: [EndpointDraft(name: "a", type: .rest, port: 8080)], options: options)
      let updated = try await fixture.tracks.updateConfigs(request, by: fixture.ada)
      #expect(try await fixture.tracks.updateConfigs(request, by: fixture.ada) == updated)
      let draft = ComponentDraft(id: "new", projectId: "paid", type: .task, autoBuildOnCommit: true)
      let put = try await fixture.put(draft, options: options)
      try await fixture.put(ComponentDraft(id: "new", projectId: "paid", type: .webApp))
      #expect(try await fixture.put(draft, options: options) == put)
      try await fixture.catalog.delete(.component, id: "new", options: options, by: fixture.ada)
      try await fixture.catalog.delete(.component, id: "new", options: options, by: fixture.ada)
    }
  }

  @Test func `are ignored when a call checks only`() async throws {
    try await Fixture.with { (fixture) async throws in
      var check = options
      check.validateOnly = true
      try await fixture.create("service", "v1.0", options: check)
      try await fixture.create("service", "v2.0", options: options)
      await expectRefusal(.apiVersionExists, .alreadyExists) {
        try await fixture.create("service", "v2.0", options: check)
      }
    }
  }

  @Test(arguments: [24 * 3600, 60]) func `are forgotten when the store's time is over`(
    _ seconds: Int64
  ) async throws {
    try await Fixture.with(requestRetention: .seconds(seconds)) { (fixture) async throws in
      try await fixture.create("service", "v1.0", options: options)
      fixture.clock.advance(seconds: seconds - 2)
      await expectRefusal(.requestIdReused, .invalidArgument) {
        try await fixture.create("service", "v1.1", options: options)
      }
      fixture.clock.advance(seconds: 1)
      #expect(try await fixture.create("service", "v1.1", options: options).isLatest)
    }
  }
}
