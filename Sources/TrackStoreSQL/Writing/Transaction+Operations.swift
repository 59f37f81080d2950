package import TrackDomain

package extension Transaction {
  private static let insertOperation = Query(
    """
    INSERT INTO operation (component_key, id, kind, track_id, environment_id, step, cleanup_step,
      attempts, due_at, lease_owner, created_at, actor_verified, actor, gitops_hash, last_error,
      expected_current_id, promoted_from, bypass_reason, is_forced, abandoned, left_repository,
      left_branch, left_path, moved_by, lease_epoch, lease_expires_at, on_behalf_of,
      trace)
    SELECT key, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
      ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28
    FROM component WHERE id = ?1
    """)
  private static let updateOperation = Query {
    """
    UPDATE operation SET step = ?2, cleanup_step = ?3, attempts = ?4, due_at = ?5,
      lease_owner = ?6, gitops_hash = ?7, last_error = ?8, is_forced = ?9, abandoned = ?10,
      lease_expires_at = ?11, lease_epoch = ?12, is_restored = ?15
    WHERE id = ?1 AND lease_epoch = ?13
      AND \($0.compared("component_key")) = (SELECT key FROM component WHERE id = ?14)
    """
  }
  private static let deleteOperation = Query { dialect in
    let delete = """
      DELETE FROM operation WHERE id = ?1 AND lease_epoch = ?2
        AND \(dialect.compared("component_key")) = (SELECT key FROM component WHERE id = ?3)
      """
    return switch dialect {
    case .sqlite: delete
    // With a row where that is right: it was there so, or there was none.
    case .postgreSQL:
      """
      WITH deleted AS (\(delete) RETURNING id)
      SELECT id FROM deleted
      UNION ALL SELECT '' WHERE NOT EXISTS (SELECT FROM operation WHERE id = ?1)
      """
    }
  }
  private static let componentOfOperation = Query(
    "SELECT c.id FROM operation o JOIN component c ON c.key = o.component_key WHERE o.id = ?1")
  private static let putOffOperation = Query(
    """
    UPDATE operation SET due_at = ?2, lease_owner = NULL, lease_expires_at = NULL
    WHERE id = ?1 AND (lease_owner IS NULL OR lease_owner = ?3)
    """)
  /// Where others write too, rows that they have locked are passed over, and looked at the next time:
  /// nobody waits for a row of one component with that of another one in hand.
  private static func leased(_ condition: String, _ dialect: SQLDialect) -> String {
    switch dialect {
    case .sqlite: condition
    case .postgreSQL:
      """
      key IN (SELECT key FROM operation WHERE \(condition) ORDER BY key
        FOR NO KEY UPDATE SKIP LOCKED)
      """
    }
  }
  private static let renewLeases = Query {
    "UPDATE operation SET lease_expires_at = ?2 WHERE \(leased("lease_owner = ?1", $0))"
  }
  private static func endLeases(_ condition: String) -> Query {
    Query {
      """
      UPDATE operation
      SET lease_owner = NULL, lease_expires_at = NULL, lease_epoch = lease_epoch + 1
      WHERE \(leased(condition, $0))
      """
    }
  }
  private static let endAllLeases = endLeases("lease_owner IS NOT NULL")
  private static let endExpiredLeases = endLeases(
    "lease_owner IS NOT NULL AND lease_owner <> ?1 AND lease_expires_at <= ?2")
  private static let insertLaneLease = Query(
    """
    INSERT INTO lane_lease (lane, owner, epoch, expires_at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (lane) DO NOTHING
    """)
  private static let updateLaneLease = Query(
    """
    UPDATE lane_lease SET owner = ?2, epoch = ?3, expires_at = ?4 WHERE lane = ?1 AND epoch = ?5
    """)
  private static let renewLaneLease = Query(
    "UPDATE lane_lease SET expires_at = ?3 WHERE lane = ?1 AND owner = ?2")
  private static let endLaneLeases = Query(
    "UPDATE lane_lease SET expires_at = 0 WHERE owner = ?1 AND (lane = ?2 OR ?2 IS NULL)")
  private static let recordEnd = Query(
    """
    INSERT INTO operation_end (operation_id, failure, is_temporary, abandoned, kept_from)
    VALUES (?1, ?2, ?3, ?4, ?5)
    """)
  private static let forgetEnds = Query(
    """
    DELETE FROM operation_end WHERE operation_id IN (
      SELECT operation_id FROM operation_end WHERE kept_from < ?1 ORDER BY kept_from LIMIT ?2)
    """)
  private static let putRelease = Query(
    """
    INSERT INTO release (component_key, release_deployment_id, release_id, track_id,
      environment_id, image_id, status, created_at, updated_at)
    SELECT key, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM component WHERE id = ?1
    ON CONFLICT (release_deployment_id) DO UPDATE SET release_id = excluded.release_id,
      component_key = excluded.component_key, track_id = excluded.track_id,
      environment_id = excluded.environment_id, image_id = excluded.image_id,
      status = excluded.status, created_at = excluded.created_at,
      updated_at = excluded.updated_at
    """)

  func insertOperation(_ operation: Operation) throws(StoreError) {
    let row = try change(Self.insertOperation, of: operation.componentId)
    row.bind(1, operation.componentId)
    row.bind(2, operation.id)
    row.bind(3, Int64(operation.kind.rawValue))
    row.bind(4, operation.trackId)
    row.bind(5, operation.environmentId)
    row.bind(6, Int64(operation.step.rawValue))
    row.bind(7, Int64(operation.cleanupStep))
    row.bind(8, Int64(operation.attempts))
    row.bind(9, operation.dueAt)
    bind(operation.lease, to: (10, 26), of: row)
    row.bind(11, operation.createdAt)
    row.bind(12, operation.actor.isVerified)
    row.bind(13, operation.actor.name)
    row.bind(14, operation.gitopsHash)
    row.bind(15, operation.lastError)
    row.bind(16, operation.conditions.expectedCurrentId)
    row.bind(17, operation.conditions.promotedFrom)
    row.bind(18, operation.conditions.bypassReason)
    row.bind(19, operation.isForced)
    row.bind(20, operation.abandoned)
    row.bind(21, operation.left?.place.repositoryURL ?? "")
    row.bind(22, operation.left?.place.branch ?? "")
    row.bind(23, operation.left?.place.path ?? "")
    row.bind(24, operation.left?.movedBy ?? "")
    row.bind(25, operation.epoch)
    row.bind(27, operation.actor.onBehalfOf)
    row.bind(28, trace)
    try send(row, changing: "component \(operation.componentId)")
    if !trace.isEmpty { note(TracedOperation(id: operation.id, traceparent: trace)) }
    noteNews()
  }

  func updateOperation(_ operation: Operation) throws(StoreError) {
    try update(operation, at: operation.epoch)
  }

  func claimOperation(_ operation: Operation) throws(StoreError) {
    try update(operation, at: operation.epoch - 1)
  }

  private func update(_ operation: Operation, at epoch: Int64) throws(StoreError) {
    let row = try change(Self.updateOperation, of: operation.componentId)
    row.bind(1, operation.id)
    row.bind(2, Int64(operation.step.rawValue))
    row.bind(3, Int64(operation.cleanupStep))
    row.bind(4, Int64(operation.attempts))
    row.bind(5, operation.dueAt)
    bind(operation.lease, to: (6, 11), of: row)
    row.bind(7, operation.gitopsHash)
    row.bind(8, operation.lastError)
    row.bind(9, operation.isForced)
    row.bind(10, operation.abandoned)
    row.bind(12, operation.epoch)
    row.bind(13, epoch)
    row.bind(14, operation.componentId)
    row.bind(15, operation.isRestored)
    try send(
      row,
      changing: "operation \(operation.id) of component \(operation.componentId) at epoch \(epoch)")
    noteNews()
  }

  private func bind(
    _ lease: Lease?, to places: (owner: Int32, expiry: Int32), of row: any Statement
  ) {
    if let lease { row.bind(places.owner, lease.owner.bytes) } else { row.bindNull(places.owner) }
    row.bind(places.expiry, lease?.expiresAt)
  }

  func deleteOperation(_ operation: Operation) throws(StoreError) {
    let row = try change(Self.deleteOperation, of: operation.componentId)
    row.bind(1, operation.id)
    row.bind(2, operation.epoch)
    row.bind(3, operation.componentId)
    let (id, componentId) = (operation.id, operation.componentId)
    let what: @Sendable () -> String = {
      "operation \(id) of component \(componentId) at epoch \(operation.epoch)"
    }
    if writing.numbersAtCommit {
      try row.send(changing: what)
    } else if try run(row) == 0, try self.componentId(ofOperation: id) != nil {
      throw StoreError(.failed, "\(what()) does not exist")
    }
    noteNews()
  }

  /// Throws when the write is not about the component of the operation with that id, if there is
  /// one.
  private func checkScope(ofOperation id: String) throws(StoreError) {
    if let componentId = try componentId(ofOperation: id) {
      try checkScope(.component, componentId)
    }
  }

  private func componentId(ofOperation id: String) throws(StoreError) -> String? {
    let row = try statement(Self.componentOfOperation)
    defer { row.reset() }
    row.bind(1, id)
    return try step(row) ? row.text(0) : nil
  }

  func putOffOperation(
    id: String, until time: Timestamp, by owner: UniqueID
  ) throws(StoreError) {
    try checkScope(ofOperation: id)
    let row = try change(Self.putOffOperation)
    row.bind(1, id)
    row.bind(2, time)
    row.bind(3, owner.bytes)
    try send(row)
    noteNews()
  }

  // MARK: Leases

  func renewLeases(of owner: UniqueID, until time: Timestamp) throws(StoreError) {
    let row = try change(Self.renewLeases)
    row.bind(1, owner.bytes)
    row.bind(2, time)
    try send(row)
  }

  func endLeases(_ selection: LeaseSelection) throws(StoreError) {
    switch selection {
    case .all: try send(try change(Self.endAllLeases))
    case .expired(let time, let owner):
      let row = try change(Self.endExpiredLeases)
      row.bind(1, owner.bytes)
      row.bind(2, time)
      try send(row)
    }
    noteNews()
  }

  func putLaneLease(_ lease: LaneLease, after former: LaneLease?) throws(StoreError) {
    let row = try change(former == nil ? Self.insertLaneLease : Self.updateLaneLease)
    row.bind(1, lease.lane)
    row.bind(2, lease.owner.bytes)
    row.bind(3, lease.epoch)
    row.bind(4, lease.expiresAt)
    if let former { row.bind(5, former.epoch) }
    let (lane, epoch) = (lease.lane, former?.epoch ?? 0)
    try send(row, changing: "lane \(lane) at epoch \(epoch)")
    noteNews()
  }

  func renewLaneLease(
    of lane: String, owner: UniqueID, until time: Timestamp
  ) throws(StoreError) {
    let row = try change(Self.renewLaneLease)
    row.bind(1, lane)
    row.bind(2, owner.bytes)
    row.bind(3, time)
    try send(row)
  }

  func endLaneLeases(of owner: UniqueID, in lane: String?) throws(StoreError) {
    let row = try change(Self.endLaneLeases)
    row.bind(1, owner.bytes)
    if let lane { row.bind(2, lane) } else { row.bindNull(2) }
    try send(row)
    noteNews()
  }

  // MARK: Ends

  func recordEnd(_ end: OperationEnd) throws(StoreError) {
    try checkScope(ofOperation: end.operationId)
    let row = try change(Self.recordEnd)
    row.bind(1, end.operationId)
    if let failure = end.failure { row.bind(2, failure.message) } else { row.bindNull(2) }
    row.bind(3, end.failure?.isTemporary ?? false)
    row.bind(4, end.abandoned)
    row.bind(5, keptFrom)
    try send(row)
  }

  /// Times are of the clock of the retention.
  func forgetEnds(keptBefore time: Int64, limit: Int) throws(StoreError) -> Int {
    let row = try change(Self.forgetEnds)
    row.bind(1, time)
    row.bind(2, limit)
    return try run(row)
  }

  // MARK: Releases

  func putRelease(_ record: ReleaseRecord) throws(StoreError) {
    let row = try change(Self.putRelease, of: record.componentId)
    row.bind(1, record.componentId)
    row.bind(2, record.releaseDeploymentId)
    row.bind(3, record.releaseId)
    row.bind(4, record.trackId)
    row.bind(5, record.environmentId)
    row.bind(6, record.imageId)
    row.bind(7, Int64(record.status.rawValue))
    row.bind(8, record.createdAt)
    row.bind(9, record.updatedAt)
    try send(row, changing: "component \(record.componentId)")
  }
}
