import TrackDomain

/// The columns of a deployment as every query about deployments selects them.
enum DeploymentRow {
  static let columns = """
    d.id, d.sequence, d.track_id, d.environment_id, d.image_id, d.kind, d.state, d.release_id, \
    d.release_deployment_id, d.config_revision, d.api_settings, d.rollback_of, d.restores, \
    d.rolled_back_by, d.reason, d.bypass_reason, d.actor, d.actor_verified, d.error, \
    d.gitops_hash, d.created_at, d.started_at, d.ended_at, d.holds_auto_deploy, \
    d.on_behalf_of
    """
  /// The number of the first column after those.
  static let end: Int32 = 25

  static func deployment(_ row: any Statement, componentId: String) throws(StoreError) -> Deployment
  {
    guard let kind = row.value(5, DeploymentKind.self),
      let state = row.value(6, DeploymentState.self)
    else { throw .unreadable("deployment \(row.text(0))") }
    let deployment = Deployment(
      id: row.text(0), sequence: row.counter(1), componentId: componentId, trackId: row.text(2),
      environmentId: row.text(3), imageId: row.text(4), kind: kind, state: state,
      releaseId: row.text(7), releaseDeploymentId: row.text(8), configRevision: row.natural32(9),
      apiSettings: try apiSettings(row), rollbackOf: row.text(11), restores: row.text(12),
      rolledBackBy: row.text(13), holdsAutoDeploy: row.bool(23), reason: row.text(14),
      bypassReason: row.text(15),
      actor: Principal(
        name: row.text(16), isVerified: row.bool(17), onBehalfOf: row.text(24)),
      error: row.text(18), gitopsHash: row.text(19), createdAt: row.time(20),
      startedAt: row.optionalTime(21), endedAt: row.optionalTime(22))
    try row.check("deployment \(deployment.id)")
    return deployment
  }

  private static func apiSettings(_ row: any Statement) throws(StoreError) -> APISettings? {
    do {
      return try Snapshot.apiSettings(row.blob(10))
    } catch {
      throw .unreadable("API settings of deployment \(row.text(0))")
    }
  }
}
