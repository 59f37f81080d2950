import TestSupport
import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct ListTracksTests {
  private static let versions = ["v1.9", "v0.1", "v10.0", "v1.10", "v2.0", "v1.0", "v0.10"]
  private static let sorted = ["v10.0", "v2.0", "v1.10", "v1.9", "v1.0", "v0.10", "v0.1"]

  private func fill(_ fixture: Fixture) async throws {
    for version in Self.versions {
      try await fixture.create("service", version, branch: "b-\(version)")
    }
  }

  /// All pages of a list.
  private func pages(_ fixture: Fixture, _ request: ListTracks) async throws -> [[String]] {
    var request = request
    var pages: [[String]] = []
    repeat {
      let page = try await fixture.tracks.tracks(request)
      pages.append(page.tracks.map { $0.version?.description ?? "" })
      request.pageToken = page.nextPageToken
    } while !request.pageToken.isEmpty
    return pages
  }

  @Test func `gives all tracks by default, highest version first`() async throws {
    try await Fixture.with { (fixture) async throws in
      try await fill(fixture)
      #expect(try await pages(fixture, ListTracks(componentId: "service")) == [Self.sorted])
    }
  }

  @Test(arguments: [
    ("api_version", sorted), ("api_version asc", sorted.reversed()),
    ("created_at", versions.reversed()), ("created_at asc", versions),
    ("updated_at desc", versions.reversed()), ("updated_at asc", versions),
  ])
  func `goes page by page in every order`(orderBy: String, expected: [String]) async throws {
    try await Fixture.with { (fixture) async throws in
      try await fill(fixture)
      for size in 1...8 {
        let pages = try await pages(
          fixture, ListTracks(componentId: "service", pageSize: Int32(size), orderBy: orderBy))
        // The last creation also changed the update time of the track before it.
        let found = pages.flatMap { $0 }
        #expect(orderBy.hasPrefix("updated_at") ? Set(found) == Set(expected) : found == expected)
        #expect(found.count == expected.count)
        #expect(pages.dropLast().allSatisfy { $0.count == size })
      }
    }
  }

  @Test(arguments: [
    ("api_version >= v1.9 AND api_version < v10.0", ["v2.0", "v1.10", "v1.9"]),
    ("branch = b-v1.0", ["v1.0"]),
    ("latest = true", ["v0.10"]),
    ("latest = false AND api_version < v1.0", ["v0.1"]),
    ("auto_deploy_enabled = true", []),
    ("created_at < 1990-01-01T00:00:00Z", []),
  ])
  func `holds what passes the filter`(filter: String, expected: [String]) async throws {
    try await Fixture.with { (fixture) async throws in
      try await fill(fixture)
      for size in [1, 2, 0] as [Int32] {
        let request = ListTracks(componentId: "service", pageSize: size, filter: filter)
        #expect(try await pages(fixture, request).flatMap { $0 } == expected)
      }
    }
  }

  @Test func `stays in place while tracks come and go`() async throws {
    try await Fixture.with { (fixture) async throws in
      try await fill(fixture)
      var request = ListTracks(componentId: "service", pageSize: 3)
      let first = try await fixture.tracks.tracks(request)
      try await fixture.create("service", "v11.0")
      try await fixture.create("service", "v1.1")
      let last = try #require(first.tracks.last)
      _ = try await fixture.tracks.delete(
        DeleteTrack(componentId: "service", trackId: last.id), by: fixture.ada)
      request.pageToken = first.nextPageToken
      #expect(
        try await pages(fixture, request).flatMap { $0 } == [
          "v1.9", "v1.1", "v1.0", "v0.10", "v0.1",
        ])
    }
  }

  @Test func `binds a token to every other argument but the page size`() async throws {
    try await Fixture.with { (fixture) async throws in
      try await fill(fixture)
      try await fixture.create("manual", "v1.0")
      let request = ListTracks(
        componentId: "service", pageSize: 2, filter: "api_version < v5.0", orderBy: "created_at")
      let token = try await fixture.tracks.tracks(request).nextPageToken
      var next = request
      next.pageToken = token
      next.pageSize = 3
      #expect(try await fixture.tracks.tracks(next).tracks.count == 3)
      for change in [
        { $0.componentId = "manual" }, { $0.filter = "" }, { $0.orderBy = "created_at asc" },
        { $0.pageToken = String(token.dropLast()) },
      ] as [@Sendable (inout ListTracks) -> Void] {
        var other = next
        change(&other)
        let changed = other
        let error = await expectRefusal(.invalidPageToken, .invalidArgument) {
          try await fixture.tracks.tracks(changed)
        }
        #expect(error?.fields.map(\.field) == ["page_token"])
      }
    }
  }

  @Test(
    arguments: [
      ("page_size", .invalidPageSize, ListTracks(componentId: "service", pageSize: -1)),
      ("filter", .invalidFilter, ListTracks(componentId: "service", filter: "x = 1")),
      ("order_by", .invalidOrderBy, ListTracks(componentId: "service", orderBy: "name")),
      ("page_token", .invalidPageToken, ListTracks(componentId: "service", pageToken: "x")),
      ("component_id", .invalidId, ListTracks(componentId: "")),
    ] as [(String, ErrorReason, ListTracks)])
  func `refuses bad arguments`(field: String, reason: ErrorReason, request: ListTracks) async throws
  {
    try await Fixture.with { (fixture) async throws in
      let error = await expectRefusal(reason, .invalidArgument) {
        try await fixture.tracks.tracks(request)
      }
      #expect(error?.fields.map(\.field) == [field])
    }
  }

  @Test func `is empty for a component without tracks, and refused without a component`()
    async throws
  {
    try await Fixture.with { (fixture) async throws in
      let page = try await fixture.tracks.tracks(ListTracks(componentId: "service"))
      #expect(page.tracks.isEmpty && page.nextPageToken.isEmpty)
      await expectRefusal(.componentNotFound, .notFound) {
        try await fixture.tracks.tracks(ListTracks(componentId: "missing"))
      }
    }
  }

  @Test func `looks at a bounded number of tracks per page`() async throws {
    try await Fixture.with { (fixture) async throws in
      try await fixture.insertTracks(1200, into: "service")
      var request = ListTracks(componentId: "service", filter: "api_version = v0.5")
      let first = try await fixture.tracks.tracks(request)
      #expect(first.tracks.isEmpty)
      #expect(!first.nextPageToken.isEmpty)
      request.pageToken = first.nextPageToken
      let second = try await fixture.tracks.tracks(request)
      #expect(second.tracks.map(\.id) == ["t5"])
      #expect(second.nextPageToken.isEmpty)
      let all = try await fixture.tracks.tracks(ListTracks(componentId: "service", pageSize: 5000))
      #expect(all.tracks.count == 1000)
    }
  }
}

extension Fixture {
  /// Stores tracks `t0` (`v0.0`) and so on in a component, in one transaction.
  func insertTracks(_ count: Int, into componentId: String) async throws {
    let time = clock.now
    try await store.write { transaction in
      for minor in 0..<count {
        let id = "t\(minor)"
        try transaction.insertTrack(
          Track(
            id: id, componentId: componentId, version: APIVersion(major: 0, minor: Int32(minor)),
            branch: "", description: "", autoDeployEnabled: false, isLatest: false, endpoints: [],
            configRevision: 0, revision: 1, createdAt: time, updatedAt: time, createdBy: ""))
        try transaction.setLatestTrack(componentId: componentId, trackId: id)
      }
    }
  }
}
