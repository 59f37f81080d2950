import TestSupport
import Testing
import TrackDomain

/// The contract of lists of tracks.
@Suite(.timeLimit(.minutes(2)), .onEveryStore) struct TrackPageContractTests: StoreContract {
  /// Versions in another order than that of their texts, some missing; some times are equal.
  static let tracks: [Track] = (0..<60).map { number in
    let hasVersion = number % 4 != 3
    var track = Samples.track(
      "t\(number * 7 % 60)",
      version: hasVersion ? APIVersion(major: Int32(number % 3), minor: Int32(number)) : nil,
      branch: "b\(number % 20 + (hasVersion ? 0 : number))", at: Int64(number * 13 % 10))
    track.updatedAt = Samples.time(Int64(number * 11 % 7))
    track.autoDeployEnabled = number % 2 == 0
    return track
  }

  private func withTracks(_ body: (any TrackStore) async throws -> Void) async throws {
    try await withStore { store in
      try await store.write { transaction in
        try Samples.putCatalog(transaction, components: ["cart", "site"])
        for track in Self.tracks { try transaction.insertTrack(track) }
        try transaction.insertTrack(Samples.track("elsewhere", of: "site"))
      }
      try await body(store)
    }
  }

  private static func isBefore(_ left: Track, _ right: Track, in order: TrackOrder) -> Bool {
    func key(_ track: Track) -> (Int64, Int64, Int64) {
      switch order.field {
      case .version:
        (
          Int64(track.version?.major ?? -1), Int64(track.version?.minor ?? -1),
          track.createdAt.microseconds
        )
      case .createdAt: (0, 0, track.createdAt.microseconds)
      case .updatedAt: (0, 0, track.updatedAt.microseconds)
      }
    }
    let (first, second) = order.isDescending ? (right, left) : (left, right)
    return key(first) == key(second) ? first.id < second.id : key(first) < key(second)
  }

  static let orders = TrackOrder.Field.allCases.flatMap { field in
    [true, false].map { TrackOrder(field: field, isDescending: $0) }
  }

  @Test(arguments: orders)
  func `pages put together are the whole list in order`(_ order: TrackOrder) async throws {
    try await withTracks { store in
      let expected = Self.tracks.sorted { Self.isBefore($0, $1, in: order) }.map(\.id)
      for limit in [1, 7, 30, 1000] {
        let found = try await Self.list(
          store, TrackFilter(), order: order, limit: limit, examined: 1000)
        #expect(found == expected)
      }
    }
  }

  static let filters: [TrackFilter] = [
    [.latest(true)], [.latest(false), .autoDeployEnabled(true)],
    [.version(.greaterOrEqual, APIVersion(major: 1, minor: 0))], [.version(.equal, nil)],
    [.branch("b1", equal: true)],
    [.branch("b1", equal: false), .createdAt(.less, Samples.time(4))],
    [.updatedAt(.greater, Samples.time(3)), .updatedAt(.notEqual, Samples.time(5))],
    [.branch("none", equal: true)],
  ].map(TrackFilter.init)

  @Test(arguments: orders)
  func `a filter lets through what matches, and nothing else`(_ order: TrackOrder) async throws {
    try await withTracks { store in
      let all = try await store.read { try $0.tracks(.all(of: "cart")) }.tracks
      for filter in Self.filters {
        let expected = all.filter(filter.matches).sorted { Self.isBefore($0, $1, in: order) }
        for (limit, examined) in [(5, 8), (1000, 1000)] {
          let found = try await Self.list(
            store, filter, order: order, limit: limit, examined: examined)
          #expect(found == expected.map(\.id))
        }
      }
    }
  }

  @Test func `a page looks at so many rows and no more`() async throws {
    try await withTracks { store in
      var query = TrackQuery.all(of: "cart")
      query.filter = TrackFilter([.branch("none", equal: true)])
      query.examined = 10
      let page = try await store.read { [query] in try $0.tracks(query) }
      let all = try await store.read { try $0.tracks(.all(of: "cart")) }.tracks
      #expect(page.tracks.isEmpty)
      #expect(page.next == TrackKey(all[9], in: .newestVersionFirst))
    }
  }

  @Test func `the last page, full or not, has no next one`() async throws {
    try await withTracks { store in
      var query = TrackQuery.all(of: "cart")
      query.limit = Self.tracks.count
      try await expectRead(store, nil) { [query] in try $0.tracks(query).next }
      query.componentId = "nobody"
      let empty = try await store.read { [query] in try $0.tracks(query) }
      #expect(empty == TrackPage(tracks: [], next: nil))
    }
  }

  private static func list(
    _ store: any TrackStore, _ filter: TrackFilter, order: TrackOrder, limit: Int, examined: Int
  ) async throws -> [String] {
    var ids: [String] = []
    var place: TrackKey?
    repeat {
      let query = TrackQuery(
        componentId: "cart", filter: filter, order: order, after: place, limit: limit,
        examined: max(limit, examined))
      let page = try await store.read { try $0.tracks(query) }
      #expect(page.tracks.count <= limit)
      ids += page.tracks.map(\.id)
      place = page.next
    } while place != nil
    return ids
  }
}
