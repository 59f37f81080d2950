import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct GetTrackTests {
  @Test func `tells a missing track from a missing component`() async throws {
    try await Fixture.with { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "one")
      await expectRefusal(.trackNotFound, .notFound) {
        try await fixture.tracks.track(componentId: "manual", trackId: "one")
      }
      await expectRefusal(.componentNotFound, .notFound) {
        try await fixture.tracks.track(componentId: "missing", trackId: "one")
      }
    }
  }

  @Test(arguments: [("", "one"), ("service", ""), ("Service", "one"), ("service", "a/b")])
  func `refuses what is no id`(componentId: String, trackId: String) async throws {
    try await Fixture.with { (fixture) async throws in
      await expectRefusal(.invalidId, .invalidArgument) {
        try await fixture.tracks.track(componentId: componentId, trackId: trackId)
      }
    }
  }
}
