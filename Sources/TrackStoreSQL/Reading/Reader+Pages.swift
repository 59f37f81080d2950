package import TrackDomain

package extension Reader {
  private static let componentKey = Query(
    "SELECT key, latest_track_id FROM component WHERE id = ?1")

  /// One query per order and direction; each runs along an index from the place that is bound.
  private static let pages: [[Query]] = TrackOrder.Field.allCases.map { field in
    [page(field, isDescending: false), page(field, isDescending: true)]
  }

  private static func page(_ field: TrackOrder.Field, isDescending: Bool) -> Query {
    let key =
      switch field {
      case .version: ["t.major", "t.minor", "t.created_at", "t.id"]
      case .createdAt: ["t.created_at", "t.id"]
      case .updatedAt: ["t.updated_at", "t.id"]
      }
    let places = (0..<key.count).map { "?\($0 + 2)" }.joined(separator: ", ")
    let order = key.map { isDescending ? "\($0) DESC" : $0 }.joined(separator: ", ")
    return Query(
      """
      SELECT \(TrackRow.columns) FROM track t WHERE t.component_key = ?1
        AND (\(key.joined(separator: ", "))) \(isDescending ? "<" : ">") (\(places))
      ORDER BY \(order) LIMIT ?\(key.count + 2)
      """)
  }

  func tracks(_ query: TrackQuery) throws(StoreError) -> TrackPage {
    let component = try statement(Self.componentKey)
    defer { component.reset() }
    component.bind(1, query.componentId)
    guard try step(component) else { return TrackPage(tracks: [], next: nil) }
    let latestId = component.text(1)
    let short = try shortList(query, componentKey: component.int(0), latestId: latestId)
    if let short { return short }

    let order = query.order
    let row = try statement(
      Self.pages[Int(order.field.rawValue) - 1][order.isDescending ? 1 : 0])
    defer { row.reset() }
    row.bind(1, component.int(0))
    let next = bind(query.after, in: order, to: row)
    // One more than is looked at tells whether there is more.
    let filters = !query.filter.comparisons.isEmpty
    row.bind(next, (filters ? query.examined : min(query.examined, query.limit)) + 1)
    return try page(row, query, latestId: latestId)
  }

  /// Without a place: one that all rows come after.
  ///
  /// - Returns: the number of the next parameter.
  private func bind(
    _ place: TrackKey?, in order: TrackOrder, to row: any Statement
  ) -> Int32 {
    let edge = order.isDescending ? Int64.max : Int64.min
    var index: Int32 = 2
    if order.field == .version {
      let none: Int64 = place == nil ? edge : -1
      row.bind(index, place?.version.map { Int64($0.major) } ?? none)
      row.bind(index + 1, place?.version.map { Int64($0.minor) } ?? none)
      index += 2
    }
    row.bind(index, place?.at.microseconds ?? edge)
    row.bind(index + 1, place?.id ?? "")
    return index + 2
  }

  private func page(
    _ row: any Statement, _ query: TrackQuery, latestId: String
  ) throws(StoreError) -> TrackPage {
    let filters = !query.filter.comparisons.isEmpty
    var page = TrackPage(tracks: [], next: nil)
    page.tracks.reserveCapacity(min(query.limit, 128))
    var decoder = TrackRow.EndpointDecoder()
    var last: TrackKey?
    var examined = 0
    while try step(row) {
      if page.tracks.count >= query.limit || examined >= query.examined {
        page.next = last
        break
      }
      examined += 1
      let mayBeLast = examined >= query.examined || page.tracks.count + 1 >= query.limit
      if filters || mayBeLast {
        let track = try TrackRow.track(row, componentId: query.componentId, latestId: latestId)
        if mayBeLast { last = TrackKey(track, in: query.order) }
        if filters && !query.filter.matches(track) { continue }
      }
      page.tracks.append(
        try TrackRow.track(
          row, componentId: query.componentId, latestId: latestId,
          endpoints: try decoder.endpoints(row)))
    }
    return page
  }
}
