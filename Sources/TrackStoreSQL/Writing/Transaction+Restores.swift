package import TrackDomain

package extension Transaction {
  private static let putRestore = Query(
    """
    INSERT INTO store_restore
      (one, id, noted_at, noted_by, comparison, compared, compared_at, ended_at, ended_by)
    VALUES (1, ?1, ?2, ?3, 0, 0, NULL, NULL, '')
    ON CONFLICT (one) DO UPDATE SET id = excluded.id, noted_at = excluded.noted_at,
      noted_by = excluded.noted_by, comparison = 0, compared = 0, compared_at = NULL,
      ended_at = NULL, ended_by = ''
    """)
  private static let holdOperations = Query(
    """
    UPDATE operation SET is_restored = 1, lease_owner = NULL, lease_expires_at = NULL,
      lease_epoch = lease_epoch + 1
    WHERE step <> 4
    """)
  private static let releaseOperations = Query(
    "UPDATE operation SET is_restored = 0, last_error = '', due_at = ?1 WHERE is_restored = 1")
  private static let endRestore = Query(
    """
    UPDATE store_restore SET ended_at = ?1, ended_by = ?2 WHERE one = 1 AND ended_at IS NULL
    """)
  private static let forgetLanes = Query("DELETE FROM compared_lane")
  private static let forgetDrifts = Query("DELETE FROM place_drift")
  private static let forgetOldDrifts = Query(
    """
    DELETE FROM place_drift WHERE comparison < ?1
      AND lane NOT IN (SELECT lane FROM compared_lane WHERE fault <> '')
    """)
  private static let countComparison = Query(
    """
    UPDATE store_restore SET comparison = ?1
    WHERE one = 1 AND comparison < ?1 AND ended_at IS NULL
    """)
  private static let noteComparison = Query(
    """
    UPDATE store_restore SET compared = ?1, compared_at = ?2
    WHERE one = 1 AND comparison = ?1 AND ended_at IS NULL
    """)
  private static let putLane = Query(
    """
    INSERT INTO compared_lane (lane, fault) VALUES (?1, ?2)
    ON CONFLICT (lane) DO UPDATE SET fault = excluded.fault
    """)
  private static let putDrift = Query(
    """
    INSERT INTO place_drift (component_id, track_id, environment_id, repository, branch, path,
      lane, kind, believed, found, comparison)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
    ON CONFLICT (component_id, track_id, environment_id, repository, branch, path) DO UPDATE
      SET lane = excluded.lane, kind = excluded.kind, believed = excluded.believed,
        found = excluded.found, comparison = excluded.comparison
    """)
  private static let endDriftOfTrack = Query(
    "DELETE FROM place_drift WHERE component_id = ?1 AND track_id = ?2")
  private static let endDriftOfPlace = Query(
    "DELETE FROM place_drift WHERE component_id = ?1 AND track_id = ?2 AND environment_id = ?3")

  func beginRestore(_ restore: StoreRestore) throws(StoreError) {
    let row = try change(Self.putRestore)
    row.bind(1, restore.id.bytes)
    row.bind(2, restore.notedAt)
    row.bind(3, restore.notedBy)
    try send(row)
    for query in [Self.forgetLanes, Self.forgetDrifts, Self.holdOperations] {
      try send(try change(query))
    }
    try noteRestore()
    noteNews()
  }

  func endRestore(at time: Timestamp, by cause: String) throws(StoreError) {
    let end = try change(Self.endRestore)
    end.bind(1, time)
    end.bind(2, cause)
    try send(end, changing: "a restore that stands")
    for query in [Self.forgetLanes, Self.forgetDrifts] { try send(try change(query)) }
    let release = try change(Self.releaseOperations)
    release.bind(1, time)
    try send(release)
    noteNews()
  }

  func beginComparison(_ number: Int64) throws(StoreError) {
    let row = try change(Self.countComparison)
    row.bind(1, number)
    try send(row, changing: "a restore that stands, before comparison \(number),")
  }

  func putDrift(_ drift: PlaceDrift, comparison: Int64) throws(StoreError) {
    let row = try change(Self.putDrift, of: drift.componentId)
    row.bind(1, drift.componentId)
    row.bind(2, drift.trackId)
    row.bind(3, drift.environmentId)
    row.bind(4, drift.place.repositoryURL)
    row.bind(5, drift.place.branch)
    row.bind(6, drift.place.path)
    row.bind(7, drift.lane)
    row.bind(8, Int64(drift.kind.rawValue))
    row.bind(9, drift.believed)
    row.bind(10, drift.found)
    row.bind(11, comparison)
    try send(row)
  }

  func endDrift(
    componentId: String, trackId: String, environmentId: String?
  ) throws(StoreError) {
    let row = try change(
      environmentId == nil ? Self.endDriftOfTrack : Self.endDriftOfPlace, of: componentId)
    row.bind(1, componentId)
    row.bind(2, trackId)
    if let environmentId { row.bind(3, environmentId) }
    try send(row)
  }

  func endComparison(_ number: Int64, _ lanes: [ComparedLane]) throws(StoreError) {
    let time = try storeTime()
    let end = try change(Self.noteComparison)
    end.bind(1, number)
    end.bind(2, time)
    try send(end, changing: "a restore that stands, with comparison \(number),")
    try send(try change(Self.forgetLanes))
    for lane in lanes {
      let row = try change(Self.putLane)
      row.bind(1, lane.lane)
      row.bind(2, lane.fault)
      try send(row)
    }
    let forget = try change(Self.forgetOldDrifts)
    forget.bind(1, number)
    try send(forget)
    noteNews()
  }
}
