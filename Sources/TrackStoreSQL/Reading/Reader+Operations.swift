package import TrackDomain

package extension Reader {
  private static let operationById = Query("\(OperationRow.select) WHERE o.id = ?1")
  private static let deletionOfTrack = Query(
    """
    \(OperationRow.select) WHERE o.kind = 2
      AND o.component_key = (SELECT key FROM component WHERE id = ?1) AND o.track_id = ?2
    """)
  private static let cleaningsOfTrack = Query(
    """
    \(OperationRow.select) WHERE o.kind = 3
      AND o.component_key = (SELECT key FROM component WHERE id = ?1) AND o.track_id = ?2
    ORDER BY o.key LIMIT ?3
    """)
  /// The first expiry of each executor is found in the index, whatever it has leased.
  private static let nextExpiry = Query { dialect in
    let operations = "operation o\(dialect.indexed(by: "operation_leased"))"
    func next(_ condition: String) -> String {
      """
      SELECT o.lease_owner FROM \(operations) WHERE o.lease_owner IS NOT NULL\(condition)
      ORDER BY o.lease_owner LIMIT 1
      """
    }
    return """
      WITH RECURSIVE executor (id) AS (
        SELECT (\(next("")))
        UNION ALL
        SELECT (\(next(" AND o.lease_owner > e.id"))) FROM executor e WHERE e.id IS NOT NULL)
      SELECT min((
        SELECT o.lease_expires_at FROM \(operations)
        WHERE o.lease_owner = e.id ORDER BY o.lease_expires_at LIMIT 1))
      FROM executor e WHERE e.id <> ?1
      """
  }
  private static let laneLease = Query(
    "SELECT owner, epoch, expires_at FROM lane_lease WHERE lane = ?1")
  private static let laneLeases = Query(
    """
    SELECT owner, epoch, expires_at, lane FROM lane_lease
    WHERE expires_at > ?1 AND owner <> ?2 ORDER BY expires_at LIMIT ?3
    """)
  private static let operationEnd = Query(
    "SELECT failure, is_temporary, abandoned FROM operation_end WHERE operation_id = ?1")
  private static let releaseByDeployment = Query(
    """
    SELECT r.release_id, c.id, r.track_id, r.environment_id, r.image_id, r.status, r.created_at,
      r.updated_at
    FROM release r JOIN component c ON c.key = r.component_key WHERE r.release_deployment_id = ?1
    """)

  func operation(id: String) throws(StoreError) -> Operation? {
    let row = try statement(Self.operationById)
    defer { row.reset() }
    row.bind(1, id)
    return try step(row) ? try OperationRow.operation(row) : nil
  }

  func deletion(componentId: String, trackId: String) throws(StoreError) -> Operation? {
    let row = try statement(Self.deletionOfTrack)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, trackId)
    return try step(row) ? try OperationRow.operation(row) : nil
  }

  func cleanings(
    componentId: String, trackId: String, limit: Int
  ) throws(StoreError) -> [Operation] {
    let row = try statement(Self.cleaningsOfTrack)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, trackId)
    row.bind(3, limit)
    var operations: [Operation] = []
    while try step(row) { operations.append(try OperationRow.operation(row)) }
    return operations
  }

  func operationEnd(id: String) throws(StoreError) -> OperationEnd? {
    let row = try statement(Self.operationEnd)
    defer { row.reset() }
    row.bind(1, id)
    guard try step(row) else { return nil }
    let isTemporary = row.bool(1)
    let end = OperationEnd(
      operationId: id,
      failure: row.optionalText(0).map {
        OperationEnd.Failure(message: $0, isTemporary: isTemporary)
      },
      abandoned: row.text(2))
    try row.check("the end of operation \(id)")
    return end
  }

  func nextExpiry(besides owner: UniqueID) throws(StoreError) -> Timestamp? {
    let row = try statement(Self.nextExpiry)
    defer { row.reset() }
    row.bind(1, owner.bytes)
    return try step(row) ? row.optionalTime(0) : nil
  }

  func laneLease(of lane: String) throws(StoreError) -> LaneLease? {
    let row = try statement(Self.laneLease)
    defer { row.reset() }
    row.bind(1, lane)
    return try step(row) ? try Self.laneLease(row, lane) : nil
  }

  func laneLeases(
    besides owner: UniqueID, at time: Timestamp, limit: Int
  ) throws(StoreError) -> [LaneLease] {
    let row = try statement(Self.laneLeases)
    defer { row.reset() }
    row.bind(1, time)
    row.bind(2, owner.bytes)
    row.bind(3, limit)
    var leases: [LaneLease] = []
    while try step(row) { leases.append(try Self.laneLease(row, row.text(3))) }
    return leases
  }

  private static func laneLease(
    _ row: any Statement, _ lane: String
  ) throws(StoreError) -> LaneLease {
    guard let owner = UniqueID(bytes: row.blob(0)) else {
      throw .unreadable("the lease of lane \(lane)")
    }
    let lease = LaneLease(
      lane: lane, owner: owner, epoch: row.int(1), expiresAt: row.time(2))
    try row.check("the lease of lane \(lane)")
    return lease
  }

  /// A deployment with what its operation tells of the attempts at it.
  func withAttempts(_ deployment: Deployment) throws(StoreError) -> Deployment {
    if deployment.state.isFinal { return deployment }
    var deployment = deployment
    do {
      deployment.attempts = try operation(id: deployment.id).flatMap(DeploymentAttempts.init)
    } catch let error where error.kind == .corrupt && source.fault == nil {
      // The operation cannot be read; the deployment can.
    }
    return deployment
  }

  func release(releaseDeploymentId: String) throws(StoreError) -> ReleaseRecord? {
    let row = try statement(Self.releaseByDeployment)
    defer { row.reset() }
    row.bind(1, releaseDeploymentId)
    guard try step(row) else { return nil }
    guard let status = row.value(5, ReleaseStatus.self) else {
      throw .unreadable("release \(releaseDeploymentId)")
    }
    let release = ReleaseRecord(
      releaseId: row.text(0), releaseDeploymentId: releaseDeploymentId, componentId: row.text(1),
      trackId: row.text(2), environmentId: row.text(3), imageId: row.text(4), status: status,
      createdAt: row.time(6), updatedAt: row.time(7))
    try row.check("release \(releaseDeploymentId)")
    return release
  }
}
