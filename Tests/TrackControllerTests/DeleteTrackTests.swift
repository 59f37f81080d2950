import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct DeleteTrackTests {
  private func delete(
    _ fixture: Fixture, _ track: Track, etag: String = "",
    options: MutationOptions = MutationOptions()
  ) async throws -> String {
    fixture.clock.advance(seconds: 1)
    return try await fixture.tracks.delete(
      DeleteTrack(componentId: track.componentId, trackId: track.id, etag: etag, options: options),
      by: fixture.ada
    ).latestTrackId
  }

  @Test func `keeps the last track`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      await expectRefusal(.lastTrack, .failedPrecondition) { try await delete(fixture, track) }
      #expect(try await fixture.all("service") == [track])
    }
  }

  @Test func `elects the highest version as the latest`() async throws {
    try await Fixture.with { (fixture) async throws in
      let nine = try await fixture.create("service", "v1.9")
      let ten = try await fixture.create("service", "v1.10")
      try await fixture.create("service", "v0.11")
      let one = try await fixture.create("service", "v1.1")
      #expect(try await delete(fixture, one) == ten.id)
      let heir = try await fixture.tracks.track(componentId: "service", trackId: ten.id).track
      #expect(heir.isLatest)
      #expect(heir.revision == 3)
      #expect(heir.updatedAt == fixture.clock.now)
      #expect(try await delete(fixture, nine) == ten.id)
      #expect(
        try await fixture.tracks.track(componentId: "service", trackId: ten.id).track == heir)
    }
  }

  @Test func `elects the newest of tracks without versions, after those with one`() async throws {
    try await Fixture.with { (fixture) async throws in
      let old = try await fixture.create("web", branch: "a")
      let versioned = try await fixture.create("web", "v0.0")
      let new = try await fixture.create("web", branch: "b")
      let latest = try await fixture.create("web", branch: "c")
      #expect(try await delete(fixture, latest) == versioned.id)
      #expect(try await delete(fixture, versioned) == new.id)
      #expect(try await delete(fixture, new) == old.id)
    }
  }

  @Test func `checks existence, etag and the rest in this order`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      var missing = track
      missing.id = "missing"
      await expectRefusal(.trackNotFound, .notFound) {
        try await delete(fixture, missing, etag: "\"2\"")
      }
      await expectRefusal(.etagMismatch, .aborted) {
        try await delete(fixture, track, etag: "\"2\"")
      }
      await expectRefusal(.lastTrack, .failedPrecondition) {
        try await delete(fixture, track, etag: "\"1\"")
      }
    }
  }

  @Test func `is not found again, and leaves its version free`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0", id: "one")
      try await fixture.create("service", "v1.1")
      _ = try await delete(fixture, track)
      await expectRefusal(.trackNotFound, .notFound) { try await delete(fixture, track) }
      #expect(try await fixture.create("service", "v1.0", id: "one").revision == 1)
    }
  }

  @Test func `checks only, when asked to`() async throws {
    try await Fixture.with { (fixture) async throws in
      let first = try await fixture.create("service", "v1.0")
      let second = try await fixture.create("service", "v1.1")
      let check = MutationOptions(validateOnly: true)
      #expect(try await delete(fixture, second, options: check) == first.id)
      #expect(try await fixture.all("service").count == 2)
    }
  }

  @Test func `logs the track as it was, and the new latest`() async throws {
    try await Fixture.with { (fixture) async throws in
      let first = try await fixture.create("service", "v1.0")
      let second = try await fixture.create("service", "v1.1")
      let before = try await fixture.lastPlace()
      _ = try await delete(fixture, second)
      let changes = try await fixture.changes(after: before).map(\.change)
      #expect(changes.map(\.kind) == [.updated, .updated, .deleted])
      let tracks = try changes.map { try Snapshot.track($0.snapshot) }
      #expect(tracks.map(\.id) == [second.id, first.id, second.id])
      #expect(tracks.map(\.isLatest) == [false, true, false])
      #expect(tracks[2] == tracks[0])
    }
  }
}
