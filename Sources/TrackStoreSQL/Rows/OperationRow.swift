import TrackDomain

/// The columns of an operation as every query about operations selects them.
enum OperationRow {
  static let select = """
    SELECT o.id, o.kind, c.id, o.track_id, o.environment_id, o.step, o.cleanup_step, o.attempts, \
    o.due_at, o.lease_owner, o.gitops_hash, o.last_error, o.created_at, o.actor, \
    o.actor_verified, o.expected_current_id, o.promoted_from, o.bypass_reason, o.is_forced, \
    o.abandoned, o.left_repository, o.left_branch, o.left_path, o.moved_by, o.lease_epoch, \
    o.lease_expires_at, o.on_behalf_of, o.is_restored
    FROM operation o JOIN component c ON c.key = o.component_key
    """

  static func operation(_ row: any Statement) throws(StoreError) -> Operation {
    guard let kind = row.value(1, Operation.Kind.self),
      let step = row.value(5, Operation.Step.self)
    else { throw .unreadable("operation \(row.text(0))") }
    let operation = Operation(
      id: row.text(0), kind: kind, componentId: row.text(2), trackId: row.text(3),
      environmentId: row.text(4), step: step, cleanupStep: row.byte(6),
      attempts: row.natural32(7), dueAt: row.time(8),
      epoch: row.counter(24),
      lease: UniqueID(bytes: row.blob(9)).map { Lease(owner: $0, expiresAt: row.time(25)) },
      gitopsHash: row.text(10), lastError: row.text(11),
      conditions: DeploymentConditions(
        expectedCurrentId: row.text(15), promotedFrom: row.text(16), bypassReason: row.text(17)),
      createdAt: row.time(12),
      actor: Principal(
        name: row.text(13), isVerified: row.bool(14), onBehalfOf: row.text(26)),
      isForced: row.bool(18),
      abandoned: row.text(19), left: kind == .placeCleaning ? left(row) : nil,
      isRestored: row.bool(27))
    try row.check("operation \(operation.id)")
    return operation
  }

  private static func left(_ row: any Statement) -> Operation.LeftPlace {
    Operation.LeftPlace(
      DeploymentPlace(
        repositoryURL: row.text(20), branch: row.text(21), path: row.text(22)),
      movedBy: row.text(23))
  }
}
