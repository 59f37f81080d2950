package import TrackDomain

package extension Reader {
  private static let identity = Query("SELECT id FROM identity WHERE one = 1")
  // Of the numbers that were given, which the log itself does not know when it is empty.
  private static let newest = Query {
    switch $0 {
    case .sqlite: "SELECT seq FROM sqlite_sequence WHERE name = 'change_log'"
    case .postgreSQL: "SELECT change_sequence FROM store_head WHERE one = 1"
    }
  }
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
  private static let components = Query(
    "SELECT id FROM component WHERE id > ?1 ORDER BY id LIMIT ?2")
  private static let componentsOfProject = Query(
    "SELECT id FROM component WHERE id > ?1 AND project_id = ?3 ORDER BY id LIMIT ?2")

  private static let currentOfTrack = Query {
    """
    SELECT \(DeploymentRow.columns)
    FROM component c
      \($0.orderedJoin) binding b ON b.component_key = c.key AND b.track_id = ?2
      \($0.orderedJoin) deployment d
        ON d.id = b.current_deployment_id AND d.component_key = b.component_key
    WHERE c.id = ?1 ORDER BY b.environment_id
    """
  }

  func databaseId() throws(StoreError) -> UniqueID {
    let row = try statement(Self.identity)
    defer { row.reset() }
    guard try step(row), let id = UniqueID(bytes: row.blob(0)) else {
      throw .unreadable("the identity of the database")
    }
    return id
  }

  /// The number of the newest change there ever was; 0 when there was none yet.
  func newestChange() throws(StoreError) -> Int64 {
    let row = try statement(Self.newest)
    defer { row.reset() }
    guard try step(row) else { return 0 }
    let newest = row.counter(0)
    try row.check("the number of the newest change")
    return newest
  }

  /// The position behind the change of that number; nil when it is not known: there is no such
  /// change, or it is older than the newest one that was dropped. 0 is the start.
  func position(behind sequence: Int64) throws(StoreError) -> LogPosition? {
    if sequence <= 0 { return sequence == 0 ? .start : nil }
    if let found = try changes(after: sequence - 1, limit: 1).first, found.sequence == sequence {
      return LogPosition(behind: found.change, sequence: sequence)
    }
    let row = try statement(Self.logState)
    defer { row.reset() }
    guard try step(row), row.int(0) == sequence else { return nil }
    return LogPosition(sequence: sequence, digest: UInt64(bitPattern: row.int(1)))
  }

  /// Whether all changes after that number are kept.
  func isKept(after sequence: Int64) throws(StoreError) -> Bool {
    if let oldest = try oldestChange() { return sequence >= oldest - 1 }
    return sequence >= (try newestChange())
  }

  func resumption(at bytes: [UInt8]) throws(StoreError) -> Resumption {
    guard let named = NamedPosition(bytes) else { return .invalid }
    let limit = try undigestedLimit()
    if named.sequence > (try newestChange()) { return .undone(isNews: limit >= 0) }
    guard try isKept(after: named.sequence),
      let found = try position(behind: named.sequence)
    else { return .tooOld }
    if let digest = named.digest {
      if digest != found.digest { return .undone(isNews: limit >= 0) }
    } else if named.sequence > limit {
      return .undone(isNews: false)
    }
    return .behind(found.place)
  }

  /// Up to which change a watch may be resumed by its number alone: the newest one there was when
  /// the database was of version 0.1.0. -1 for none: a restore was noticed.
  func undigestedLimit() throws(StoreError) -> Int64 {
    let row = try statement(Self.logState)
    defer { row.reset() }
    return try step(row) ? row.int(2) : -1
  }

  /// The number of the oldest change that is still kept; nil when none is.
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
    return TrackStates(states: states, position: try newestPosition().place)
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

  /// Behind the newest change there ever was.
  private func newestPosition() throws(StoreError) -> LogPosition {
    let newest = try newestChange()
    guard let position = try position(behind: newest) else {
      throw StoreError(.corrupt, "the newest change, \(newest), is not known")
    }
    return position
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
    var last = after?.componentId ?? ""
    while tracks.count < limit {
      let components = try componentIds(of: projectId, after: last, limit)
      for id in components where tracks.count < limit {
        try append(to: &tracks, of: id, after: "", limit)
        last = id
      }
      if components.count < limit { break }
    }
    return tracks
  }

  private func componentIds(
    of projectId: String?, after id: String, _ limit: Int
  ) throws(StoreError) -> [String] {
    let row = try statement(projectId == nil ? Self.components : Self.componentsOfProject)
    defer { row.reset() }
    row.bind(1, id)
    row.bind(2, limit)
    if let projectId { row.bind(3, projectId) }
    var ids: [String] = []
    while try step(row) { ids.append(row.text(0)) }
    return ids
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
