package import TrackDomain

package extension Reader {
  private static let restore = Query(
    """
    SELECT id, noted_at, noted_by, comparison, compared, compared_at, ended_at, ended_by
    FROM store_restore WHERE one = 1
    """)
  private static let counts = Query(
    """
    SELECT (SELECT count(*) FROM place_drift),
      (SELECT count(*) FROM operation WHERE is_restored = 1 AND step <> 4),
      (SELECT count(*) FROM compared_lane WHERE fault <> '')
    """)
  private static let drifts = Query(
    """
    SELECT component_id, track_id, environment_id, repository, branch, path, lane, kind, believed,
      found
    FROM place_drift
    ORDER BY component_id, track_id, environment_id, repository, branch, path LIMIT ?1
    """)
  private static let faults = Query(
    "SELECT lane, fault FROM compared_lane WHERE fault <> '' ORDER BY lane LIMIT ?1")
  private static let lane = Query("SELECT fault FROM compared_lane WHERE lane = ?1")
  /// What names the track where it cannot be deployed does not count: whoever may write to another
  /// repository could have put it there.
  private static let driftOfTrack = Query(
    """
    SELECT 1 FROM place_drift d WHERE d.component_id = ?1 AND d.track_id = ?2
      AND (d.kind <> \(PlaceDrift.Kind.unknown.rawValue) OR EXISTS (
        SELECT 1 FROM component c JOIN environment e ON e.project_id = c.project_id
        WHERE c.id = d.component_id AND e.id = d.environment_id))
    LIMIT 1
    """)
  private static let driftOfPlace = Query(
    """
    SELECT 1 FROM place_drift WHERE component_id = ?1 AND track_id = ?2 AND environment_id = ?3
    LIMIT 1
    """)
  private static let restored = Query(
    """
    \(OperationRow.select) WHERE o.is_restored = 1 AND o.step <> 4 AND o.id > ?1
    ORDER BY o.id LIMIT ?2
    """)

  func restore() throws(StoreError) -> StoreRestore? {
    let row = try statement(Self.restore)
    defer { row.reset() }
    guard try step(row) else { return nil }
    guard let id = UniqueID(bytes: row.blob(0)) else { throw .unreadable("the last restore") }
    let restore = StoreRestore(
      id: id, notedAt: row.time(1), notedBy: row.text(2), comparison: row.counter(3),
      compared: row.counter(4), comparedAt: row.optionalTime(5), endedAt: row.optionalTime(6),
      endedBy: row.text(7))
    try row.check("the last restore")
    return restore
  }

  func restoreReport(limit: Int) throws(StoreError) -> RestoreReport? {
    guard let restore = try restore() else { return nil }
    var report = RestoreReport(restore: restore)
    let counts = try statement(Self.counts)
    defer { counts.reset() }
    if try step(counts) {
      report.driftCount = Int(counts.int(0))
      report.heldCount = Int(counts.int(1))
      report.faultCount = Int(counts.int(2))
    }
    if report.driftCount > 0 { report.drifts = try drifts(limit) }
    if report.faultCount > 0 { report.faults = try faults(limit) }
    return report
  }

  private func drifts(_ limit: Int) throws(StoreError) -> [PlaceDrift] {
    let row = try statement(Self.drifts)
    defer { row.reset() }
    row.bind(1, limit)
    var drifts: [PlaceDrift] = []
    while try step(row) {
      guard let kind = row.value(7, PlaceDrift.Kind.self) else {
        throw .unreadable("what a comparison found of component \(row.text(0))")
      }
      drifts.append(
        PlaceDrift(
          componentId: row.text(0), trackId: row.text(1), environmentId: row.text(2),
          place: DeploymentPlace(
            repositoryURL: row.text(3), branch: row.text(4), path: row.text(5)),
          lane: row.text(6), kind: kind, believed: row.text(8), found: row.text(9)))
    }
    return drifts
  }

  private func faults(_ limit: Int) throws(StoreError) -> [ComparedLane] {
    let row = try statement(Self.faults)
    defer { row.reset() }
    row.bind(1, limit)
    var faults: [ComparedLane] = []
    while try step(row) { faults.append(ComparedLane(lane: row.text(0), fault: row.text(1))) }
    return faults
  }

  func comparedLane(_ lane: String) throws(StoreError) -> ComparedLane? {
    let row = try statement(Self.lane)
    defer { row.reset() }
    row.bind(1, lane)
    return try step(row) ? ComparedLane(lane: lane, fault: row.text(0)) : nil
  }

  func hasDrift(
    componentId: String, trackId: String, environmentId: String?
  ) throws(StoreError) -> Bool {
    let row = try statement(environmentId == nil ? Self.driftOfTrack : Self.driftOfPlace)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, trackId)
    if let environmentId { row.bind(3, environmentId) }
    return try step(row)
  }

  func restoredOperations(after id: String, limit: Int) throws(StoreError) -> [Operation] {
    let row = try statement(Self.restored)
    defer { row.reset() }
    row.bind(1, id)
    row.bind(2, limit)
    var operations: [Operation] = []
    while try step(row) { operations.append(try OperationRow.operation(row)) }
    return operations
  }
}
