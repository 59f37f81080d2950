import TrackDomain

extension Transaction {
  private static let insertOperation = Query(
    """
    INSERT INTO operation (component_key, id, kind, track_id, environment_id, step, cleanup_step,
      attempts, due_at, lease_holder, created_at, actor_verified, actor, gitops_hash, last_error,
      expected_current_id, promoted_from, bypass_reason, is_forced, abandoned, left_repository,
      left_branch, left_path, moved_by)
    SELECT key, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
      ?20, ?21, ?22, ?23, ?24
    FROM component WHERE id = ?1
    """)
  private static let updateOperation = Query(
    """
    UPDATE operation SET step = ?2, cleanup_step = ?3, attempts = ?4, due_at = ?5,
      lease_holder = ?6, gitops_hash = ?7, last_error = ?8, is_forced = ?9, abandoned = ?10
    WHERE id = ?1
    """)
  private static let deleteOperation = Query("DELETE FROM operation WHERE id = ?1")
  private static let putOffOperation = Query(
    "UPDATE operation SET due_at = ?2, lease_holder = NULL WHERE id = ?1")
  private static let voidLeases = Query(
    "UPDATE operation SET lease_holder = NULL WHERE lease_holder IS NOT NULL")
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
    bind(operation.leaseHolder, to: 10, of: row)
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
    try runOnRow(row, "component \(operation.componentId)")
    noteWork()
  }

  func updateOperation(_ operation: Operation) throws(StoreError) {
    let row = try change(Self.updateOperation, of: operation.componentId)
    row.bind(1, operation.id)
    row.bind(2, Int64(operation.step.rawValue))
    row.bind(3, Int64(operation.cleanupStep))
    row.bind(4, Int64(operation.attempts))
    row.bind(5, operation.dueAt)
    bind(operation.leaseHolder, to: 6, of: row)
    row.bind(7, operation.gitopsHash)
    row.bind(8, operation.lastError)
    row.bind(9, operation.isForced)
    row.bind(10, operation.abandoned)
    try runOnRow(row, "operation \(operation.id)")
    noteWork()
  }

  private func bind(_ holder: UniqueID?, to index: Int32, of row: Statement) {
    if let holder { row.bind(index, holder.bytes) } else { row.bindNull(index) }
  }

  func deleteOperation(id: String) throws(StoreError) {
    let row = try change(Self.deleteOperation)
    row.bind(1, id)
    try run(row)
    noteWork()
  }

  func putOffOperation(id: String, until time: Timestamp) throws(StoreError) {
    let row = try change(Self.putOffOperation)
    row.bind(1, id)
    row.bind(2, time)
    try run(row)
    noteWork()
  }

  func voidLeases() throws(StoreError) {
    try run(try change(Self.voidLeases))
    noteWork()
  }

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
    try runOnRow(row, "component \(record.componentId)")
  }
}
