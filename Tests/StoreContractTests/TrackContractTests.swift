import TestSupport
import Testing
import TrackDomain

/// The contract of tracks, except lists.
@Suite(.timeLimit(.minutes(2)), .onEveryStore) struct TrackContractTests: StoreContract {
  private func withCart(_ body: (any TrackStore) async throws -> Void) async throws {
    try await withStore { store in
      try await store.write { try Samples.putCatalog($0, components: ["cart", "site"]) }
      try await body(store)
    }
  }

  static let tracks: [Track] = {
    var full = Samples.track(
      "t1", version: APIVersion(major: .max, minor: 0), branch: "feature/ä x",
      endpoints: [Samples.endpoint("api"), Samples.endpoint("web", port: 65534)])
    full.description = "two\nlines, a NUL \u{0} and 🚚"
    full.autoDeployEnabled = true
    full.revision = (1 << 62) - 1
    full.createdAt = Timestamp(microseconds: -1)
    full.isLatest = true
    var bare = Samples.track("t1", version: nil, branch: "")
    bare.description = ""
    bare.createdBy = ""
    bare.configRevision = 0
    bare.isLatest = true
    return [full, bare]
  }()

  @Test(arguments: tracks)
  func `a track is read as it was written`(_ track: Track) async throws {
    try await withCart { store in
      try await store.write { try $0.insertTrack(track) }
      try await expectRead(store, track) { try $0.track(componentId: "cart", id: "t1") }
      try await expectRead(store, nil) { try $0.track(componentId: "site", id: "t1") }
      try await expectRead(store, nil) { try $0.track(componentId: "cart", id: "t2") }
      try await expectRead(store, nil) { try $0.track(componentId: "none", id: "t1") }
    }
  }

  @Test func `an update writes the mutable fields and leaves the others`() async throws {
    try await withCart { store in
      let track = Samples.track("t1", endpoints: [Samples.endpoint("api")])
      try await store.write { try $0.insertTrack(track) }
      var changed = track
      changed.branch = "next"
      changed.description = ""
      changed.autoDeployEnabled = true
      changed.configRevision = 7
      changed.revision = 2
      changed.updatedAt = Samples.time(5)
      try await store.write { [changed] in
        var other = changed
        other.endpoints = []
        other.isLatest = false
        try $0.updateTrack(other)
      }
      changed.isLatest = true
      try await expectRead(store, changed) { try $0.track(componentId: "cart", id: "t1") }
    }
  }

  @Test func `endpoints are replaced`() async throws {
    try await withCart { store in
      var track = Samples.track("t1", endpoints: [Samples.endpoint("api"), Samples.endpoint("b")])
      try await store.write { [track] in try $0.insertTrack(track) }
      for endpoints in [[Samples.endpoint("b", port: 2000), Samples.endpoint("c")], []] {
        track.endpoints = endpoints
        try await store.write { [track] in try $0.replaceEndpoints(of: track) }
        let found = try await store.read { try $0.track(componentId: "cart", id: "t1") }
        #expect(found?.endpoints == endpoints)
      }
    }
  }

  @Test func `the first track is the latest, and another one when it is told so`() async throws {
    try await withCart { store in
      try await store.write { transaction in
        try transaction.insertTrack(Samples.track("t1", branch: "a"))
        try transaction.insertTrack(Samples.track("t2", branch: "b"))
      }
      func latest() async throws -> [String] {
        let page = try await store.read { try $0.tracks(.all(of: "cart")) }
        let ids = page.tracks.filter(\.isLatest).map(\.id)
        let context = try await store.read { try $0.component("cart") }
        #expect(ids == [context?.latestTrackId])
        return ids
      }
      #expect(try await latest() == ["t1"])
      try await store.write { try $0.setLatestTrack(componentId: "cart", trackId: "t2") }
      #expect(try await latest() == ["t2"])
    }
  }

  @Test func `the latest track is one of its component`() async throws {
    try await withCart { store in
      try await store.write { transaction in
        try transaction.insertTrack(Samples.track("t1"))
        try transaction.insertTrack(Samples.track("other", of: "site"))
      }
      for id in ["other", "nobody"] {
        await expectRefusal(store) { try $0.setLatestTrack(componentId: "cart", trackId: id) }
      }
    }
  }

  @Test func `the latest track is not deleted, and the others go with all they have`() async throws
  {
    try await withCart { store in
      try await store.write { transaction in
        try Samples.create(
          Samples.track("t1", branch: "a", endpoints: [Samples.endpoint("api")]), in: transaction)
        try Samples.create(Samples.track("t2", branch: "b"), in: transaction)
      }
      await expectRefusal(store) { try $0.deleteTrack(componentId: "cart", id: "t2") }
      try await store.write { try $0.deleteTrack(componentId: "cart", id: "t1") }
      try await expectRead(store, nil) { try $0.track(componentId: "cart", id: "t1") }
      let revisions = try await store.read {
        try $0.configRevisions(
          ConfigRevisionQuery(componentId: "cart", trackId: "t1", limit: 10))
      }.revisions
      #expect(revisions.isEmpty)
    }
  }

  @Test func `versions and branches without a version are found, and unique`() async throws {
    try await withCart { store in
      let version = APIVersion(major: 1, minor: 2)
      try await store.write { transaction in
        try transaction.insertTrack(Samples.track("t1", version: version, branch: "main"))
        try transaction.insertTrack(Samples.track("t2", version: nil, branch: "main"))
        try transaction.insertTrack(Samples.track("t1", of: "site", version: version))
      }
      let found = try await store.read { reader in
        [
          try reader.trackId(componentId: "cart", version: version),
          try reader.trackId(componentId: "cart", version: APIVersion(major: 2, minor: 1)),
          try reader.trackId(componentId: "cart", unversionedBranch: "main"),
          try reader.trackId(componentId: "site", unversionedBranch: "main"),
        ]
      }
      #expect(found == ["t1", nil, "t2", nil])
      for twin in [
        Samples.track("t3", version: version, branch: "x"),
        Samples.track("t3", version: nil, branch: "main"),
        Samples.track("t1", version: nil, branch: "y"),
      ] {
        await expectRefusal(store) { try $0.insertTrack(twin) }
      }
      try await store.write { transaction in
        try transaction.insertTrack(
          Samples.track("t4", version: APIVersion(major: 1, minor: 3), branch: "main"))
      }
    }
  }

  @Test func `tracks are counted up to a limit`() async throws {
    try await withCart { store in
      try await store.write { transaction in
        for id in ["a", "b", "c"] { try transaction.insertTrack(Samples.track(id, branch: id)) }
      }
      for (limit, count) in [(0, 0), (2, 2), (3, 3), (10, 3)] {
        try await expectRead(store, count) { try $0.trackCount(componentId: "cart", upTo: limit) }
      }
      try await expectRead(store, 0) { try $0.trackCount(componentId: "none", upTo: 2) }
    }
  }

  @Test func `what the rules of the schema forbid is refused whole`() async throws {
    try await withCart { store in
      var bad: [Track] = [Samples.track("t1", of: "nobody"), Samples.track("")]
      var track = Samples.track("t1")
      track.description = String(repeating: "x", count: 1025)
      bad.append(track)
      track = Samples.track("t1", branch: String(repeating: "ä", count: 128))
      bad.append(track)
      for port in [1000, 65535] as [Int32] {
        bad.append(Samples.track("t1", endpoints: [Samples.endpoint("api", port: port)]))
      }
      bad.append(
        Samples.track("t1", endpoints: [Samples.endpoint("api"), Samples.endpoint("api")]))
      for track in bad {
        await expectRefusal(store) { try $0.insertTrack(track) }
      }
      try await expectRead(store, 0) { try $0.trackCount(componentId: "cart", upTo: 10) }
    }
  }
}
