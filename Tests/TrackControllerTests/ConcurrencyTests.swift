import Testing
import TrackController
import TrackDomain

/// Rules that hold for any interleaving of calls.
@Suite(.timeLimit(.minutes(2))) struct ConcurrencyTests {
  /// The reasons for which `count` simultaneous calls were refused; nil for calls that succeeded.
  private func outcomes<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Value
  ) async -> [ErrorReason?] {
    await withTaskGroup(of: ErrorReason?.self) { group in
      for index in 0..<count {
        group.addTask {
          do {
            _ = try await body(index)
            return nil
          } catch {
            return (error as? DomainError)?.reason ?? .internalError
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  private func count(_ outcomes: [ErrorReason?], _ reason: ErrorReason?) -> Int {
    outcomes.count { $0 == reason }
  }

  @Test func `one of many creations of a version wins`() async throws {
    try await Fixture.with { (fixture) async throws in
      let outcomes = await outcomes(50) { _ in try await fixture.create("service", "v1.0") }
      #expect(count(outcomes, nil) == 1)
      #expect(count(outcomes, .apiVersionExists) == 49)
    }
  }

  @Test func `the limit of free organizations holds`() async throws {
    try await Fixture.with { (fixture) async throws in
      let outcomes = await outcomes(50) { try await fixture.create("free-service", "v1.\($0)") }
      #expect(count(outcomes, nil) == 2)
      #expect(count(outcomes, .trackLimitReached) == 48)
    }
  }

  @Test func `one track stays, and one is the latest`() async throws {
    try await Fixture.with { (fixture) async throws in
      var tracks: [Track] = []
      for minor in 0..<20 { tracks.append(try await fixture.create("service", "v1.\(minor)")) }
      let all = tracks
      let outcomes = await outcomes(20) { index in
        try await fixture.tracks.delete(
          DeleteTrack(componentId: "service", trackId: all[index].id), by: fixture.ada)
      }
      #expect(count(outcomes, .lastTrack) == 1)
      #expect(count(outcomes, nil) == 19)
      #expect(try await fixture.all("service").map(\.isLatest) == [true])
    }
  }

  @Test func `exactly one track is the latest while they come and go`() async throws {
    try await Fixture.with { (fixture) async throws in
      let first = try await fixture.create("service", "v0.0")
      await withTaskGroup(of: Void.self) { group in
        for index in 1..<40 {
          group.addTask {
            guard let track = try? await fixture.create("service", "v1.\(index)") else { return }
            if index.isMultiple(of: 2) {
              _ = try? await fixture.tracks.delete(
                DeleteTrack(componentId: "service", trackId: track.id), by: fixture.ada)
            }
          }
          group.addTask {
            let latest = (try? await fixture.all("service"))?.filter(\.isLatest).count
            #expect(latest == 1)
          }
        }
      }
      let tracks = try await fixture.all("service")
      #expect(tracks.count == 21)
      #expect(tracks.filter(\.isLatest).count == 1)
      #expect(tracks.contains { $0.id == first.id })
    }
  }

  @Test func `an etag lets one of many updates through`() async throws {
    try await Fixture.with { (fixture) async throws in
      let track = try await fixture.create("service", "v1.0")
      let outcomes = await outcomes(30) { index in
        try await fixture.tracks.update(
          UpdateTrack(
            componentId: "service", trackId: track.id, description: "\(index)", etag: "\"1\""),
          by: fixture.ada)
      }
      #expect(count(outcomes, nil) == 1)
      #expect(count(outcomes, .etagMismatch) == 29)
    }
  }

  @Test func `a request id lets one of many retries through, and answers all`() async throws {
    try await Fixture.with { (fixture) async throws in
      let options = MutationOptions(requestId: "9b2f1c3e-0000-4000-8000-0123456789ab")
      let outcomes = await outcomes(30) { _ in
        try await fixture.create("service", "v1.0", options: options)
      }
      #expect(count(outcomes, nil) == 30)
      #expect(try await fixture.all("service").count == 1)
    }
  }
}
