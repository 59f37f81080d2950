import TrackDomain

extension Reader {
  private static let identity = Query("SELECT id FROM identity WHERE one = 1")
  // Of the numbers that were given, which the log itself does not know when it is empty.
  private static let newest = Query("SELECT seq FROM sqlite_sequence WHERE name = 'change_log'")
  private static let oldest = Query("SELECT sequence FROM change_log ORDER BY sequence LIMIT 1")

  private static let logState = Query(
    """
    SELECT dropped_sequence, dropped_digest, undigested_limit FROM log_state WHERE one = 1
    """)

  private static let tracksOfComponent = Query(
    """
    SELECT \(TrackRow.columns), c.latest_track_id
    FROM component c JOIN track t ON t.component_key = c.key
    WHERE c.id = ?1 AND t.id > ?2 ORDER BY t.id LIMIT ?3
    """)
  private static let components = Query("SELECT id FROM component WHERE id > ?1 ORDER BY id")
  private static let componentsOfProject = Query(
    "SELECT id FROM component WHERE id > ?1 AND project_id = ?2 ORDER BY id")

  private static let currentOfTrack = Query(
    """
    SELECT \(DeploymentRow.columns)
    FROM component c
      CROSS JOIN binding b ON b.component_key = c.key AND b.track_id = ?2
      CROSS JOIN deployment d
        ON d.id = b.current_deployment_id AND d.component_key = b.component_key
    WHERE c.id = ?1 ORDER BY b.environment_id
    """)

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
    guard try step(row) else { return 0 }
    let newest = row.counter(0)
    try row.check("the number of the newest change")
    return newest
  }

  func place(behind sequence: Int64) throws(StoreError) -> LogPlace? {
    if sequence <= 0 { return sequence == 0 ? .start : nil }
    if let change = try changes(after: sequence - 1, limit: 1).first, change.sequence == sequence {
      return change.place
    }
    let row = try statement(Self.logState)
    defer { row.reset() }
    guard try step(row), row.int(0) == sequence else { return nil }
    return LogPlace(sequence: sequence, digest: UInt64(bitPattern: row.int(1)))
  }

  func undigestedLimit() throws(StoreError) -> Int64 {
    let row = try statement(Self.logState)
    defer { row.reset() }
    return try step(row) ? row.int(2) : -1
  }

  func oldestChange() throws(StoreError) -> Int64? {
    let row = try statement(Self.oldest)
    defer { row.reset() }
    guard try step(row) else { return nil }
    let oldest = row.counter(0)
    try row.check("the number of the oldest change")
    return oldest
  }

  func states(
    in scope: ChangeScope, after: (componentId: String, trackId: String)?, limit: Int
  ) throws(StoreError) -> TrackStates {
    var states: [TrackState] = []
    for track in try tracks(in: scope, after: after, limit: limit) {
      states.append(TrackState(track: track, deployments: try deployments(toWatchOf: track)))
    }
    return TrackStates(states: states, position: try newestPlace())
  }

  private func deployments(toWatchOf track: Track) throws(StoreError) -> [Deployment] {
    let row = try statement(Self.currentOfTrack)
    defer { row.reset() }
    row.bind(1, track.componentId)
    row.bind(2, track.id)
    var deployments: [Deployment] = []
    while try step(row) {
      deployments.append(try DeploymentRow.deployment(row, componentId: track.componentId))
    }
    return deployments
      + (try unfinishedDeployments(
        componentId: track.componentId, trackId: track.id, environmentId: nil))
  }

  /// The place behind the newest change there ever was.
  private func newestPlace() throws(StoreError) -> LogPlace {
    let newest = try newestChange()
    guard let place = try place(behind: newest) else {
      throw StoreError(.corrupt, "the newest change, \(newest), is not known")
    }
    return place
  }

  private func tracks(
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
        try TrackRow.track(
          row, componentId: componentId, latestId: row.text(TrackRow.end),
          endpoints: try TrackRow.endpoints(row)))
    }
  }
}
