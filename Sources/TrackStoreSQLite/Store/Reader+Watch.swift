import TrackDomain

extension Reader {
  private static let identity = Query("SELECT id FROM identity WHERE one = 1")
  // Of the numbers that were given, which the log itself does not know when it is empty.
  private static let newest = Query("SELECT seq FROM sqlite_sequence WHERE name = 'change_log'")
  private static let oldest = Query("SELECT sequence FROM change_log ORDER BY sequence LIMIT 1")

  private static let tracksOfComponent = Query(
    """
    SELECT \(TrackRow.columns), c.latest_track_id
    FROM component c JOIN track t ON t.component_key = c.key
    WHERE c.id = ?1 AND t.id > ?2 ORDER BY t.id LIMIT ?3
    """)
  private static let components = Query("SELECT id FROM component WHERE id > ?1 ORDER BY id")
  private static let componentsOfProject = Query(
    "SELECT id FROM component WHERE id > ?1 AND project_id = ?2 ORDER BY id")

  func databaseId() throws(StoreError) -> UniqueID {
    let row = try statement(Self.identity)
    defer { row.reset() }
    guard try step(row), let id = UniqueID(bytes: row.blob(0)) else {
      throw .unreadable("the identity of the database")
    }
    return id
  }

  func newestChange() throws(StoreError) -> Int64 {
    let row = try statement(Self.newest)
    defer { row.reset() }
    return try step(row) ? row.int(0) : 0
  }

  func oldestChange() throws(StoreError) -> Int64? {
    let row = try statement(Self.oldest)
    defer { row.reset() }
    return try step(row) ? row.int(0) : nil
  }

  func tracks(
    in scope: ChangeScope, after: (componentId: String, trackId: String)?, limit: Int
  ) throws(StoreError) -> [Track] {
    var tracks: [Track] = []
    if case .component(let id) = scope {
      try append(to: &tracks, of: id, after: after?.trackId ?? "", limit)
      return tracks
    }
    if let after { try append(to: &tracks, of: after.componentId, after: after.trackId, limit) }

    let projectId: String? = if case .project(let id) = scope { id } else { nil }
    let row = try statement(projectId == nil ? Self.components : Self.componentsOfProject)
    defer { row.reset() }
    row.bind(1, after?.componentId ?? "")
    if let projectId { row.bind(2, projectId) }
    while tracks.count < limit, try step(row) {
      try append(to: &tracks, of: row.text(0), after: "", limit)
    }
    return tracks
  }

  /// Appends tracks of a component until there are `limit`.
  private func append(
    to tracks: inout [Track], of componentId: String, after trackId: String, _ limit: Int
  ) throws(StoreError) {
    let row = try statement(Self.tracksOfComponent)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, trackId)
    row.bind(3, limit - tracks.count)
    while try step(row) {
      tracks.append(
        TrackRow.track(
          row, componentId: componentId, latestId: row.text(TrackRow.end),
          endpoints: try TrackRow.endpoints(row)))
    }
  }
}
