package import TrackDomain

package extension Reader {
  /// Lists up to this long are read in the order of the table and sorted here: to find each row
  /// from an index costs SQLite half as much again as to read it, and sorting costs a tenth of
  /// that.
  private static let mostSorted = 128

  private static let rowAfter = Query(
    "SELECT 1 FROM track WHERE component_key = ?1 LIMIT 1 OFFSET ?2")
  private static let unordered = Query(
    "SELECT \(TrackRow.columns) FROM track t WHERE t.component_key = ?1")

  /// The page that `query` asks for, if it is the whole of a short list; nil otherwise.
  func shortList(
    _ query: TrackQuery, componentKey: Int64, latestId: String
  ) throws(StoreError) -> TrackPage? {
    let most = min(Self.mostSorted, query.limit, query.examined)
    guard query.after == nil, try !hasMore(componentKey, than: most) else { return nil }

    let row = try statement(Self.unordered)
    defer { row.reset() }
    row.bind(1, componentKey)
    let filters = !query.filter.comparisons.isEmpty
    var tracks: [Track] = []
    tracks.reserveCapacity(most)
    var decoder = TrackRow.EndpointDecoder()
    while try step(row) {
      tracks.append(
        try TrackRow.track(
          row, componentId: query.componentId, latestId: latestId,
          endpoints: try decoder.endpoints(row)))
    }
    if filters { tracks.removeAll { !query.filter.matches($0) } }
    return TrackPage(tracks: Self.sorted(tracks, by: query.order), next: nil)
  }

  private func hasMore(_ componentKey: Int64, than limit: Int) throws(StoreError) -> Bool {
    let row = try statement(Self.rowAfter)
    defer { row.reset() }
    row.bind(1, componentKey)
    row.bind(2, limit)
    return try step(row)
  }

  /// A track's place in an order, but for the id, which decides last.
  private struct Place {
    var first: Int64
    var second: Int64 = 0
    /// Where the track is.
    var index: Int
  }

  /// In the order of `Reader.pages`. Places are sorted rather than tracks, which are large.
  private static func sorted(_ tracks: [Track], by order: TrackOrder) -> [Track] {
    var places: [Place] = []
    places.reserveCapacity(tracks.count)
    for index in tracks.indices {
      places.append(place(tracks[index], index, in: order.field))
    }
    places.sort { left, right in
      if left.first != right.first { return left.first < right.first }
      if left.second != right.second { return left.second < right.second }
      return tracks[left.index].id < tracks[right.index].id
    }
    if order.isDescending { places.reverse() }
    return places.map { tracks[$0.index] }
  }

  private static func place(_ track: Track, _ index: Int, in field: TrackOrder.Field) -> Place {
    switch field {
    case .version:
      let version = track.version.map { Int64($0.major) << 32 | Int64($0.minor) } ?? -1
      return Place(first: version, second: track.createdAt.microseconds, index: index)
    case .createdAt: return Place(first: track.createdAt.microseconds, index: index)
    case .updatedAt: return Place(first: track.updatedAt.microseconds, index: index)
    }
  }
}
