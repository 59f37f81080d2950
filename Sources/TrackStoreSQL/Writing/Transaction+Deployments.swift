package import TrackDomain

package extension Transaction {
  private static let insertDeployment = Query(
    """
    INSERT INTO deployment (component_key, id, track_id, environment_id, image_id, kind, state,
      config_revision, created_at, started_at, ended_at, actor_verified, actor, release_id,
      release_deployment_id, rollback_of, restores, rolled_back_by, reason, bypass_reason, error,
      gitops_hash, api_settings, holds_auto_deploy, on_behalf_of)
    SELECT key, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
      ?20, ?21, ?22, ?23, ?24, ?25
    FROM component WHERE id = ?1
    """)
  /// The deployment ?2 of the component ?1.
  private static func one(_ dialect: SQLDialect) -> String {
    """
    id = ?2 AND \(dialect.compared("component_key")) = (SELECT key FROM component WHERE id = ?1)
    """
  }
  private static let updateDeployment = Query {
    """
    UPDATE deployment SET state = ?3, release_id = ?4, release_deployment_id = ?5,
      rolled_back_by = ?6, error = ?7, gitops_hash = ?8, started_at = ?9, ended_at = ?10,
      kind = ?11, bypass_reason = ?12, holds_auto_deploy = ?13
    WHERE \(one($0))
    """
  }
  private static let stateBefore = Query { "SELECT state FROM deployment WHERE \(one($0))" }
  private static let putBinding = Query(
    """
    INSERT INTO binding (component_key, track_id, environment_id, current_deployment_id,
      current_image_id, held_by, gitops_repository_url, gitops_branch, gitops_path)
    SELECT key, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM component WHERE id = ?1
    ON CONFLICT (component_key, track_id, environment_id) DO UPDATE
      SET current_deployment_id = excluded.current_deployment_id,
        current_image_id = excluded.current_image_id, held_by = excluded.held_by,
        gitops_repository_url = excluded.gitops_repository_url,
        gitops_branch = excluded.gitops_branch, gitops_path = excluded.gitops_path
    """)

  func insertDeployment(_ deployment: Deployment) throws(StoreError) {
    let row = try change(Self.insertDeployment, of: deployment.componentId)
    row.bind(1, deployment.componentId)
    row.bind(2, deployment.id)
    row.bind(3, deployment.trackId)
    row.bind(4, deployment.environmentId)
    row.bind(5, deployment.imageId)
    row.bind(6, Int64(deployment.kind.rawValue))
    row.bind(7, Int64(deployment.state.rawValue))
    row.bind(8, Int64(deployment.configRevision))
    row.bind(9, deployment.createdAt)
    row.bind(10, deployment.startedAt)
    row.bind(11, deployment.endedAt)
    row.bind(12, deployment.actor.isVerified)
    row.bind(13, deployment.actor.name)
    row.bind(14, deployment.releaseId)
    row.bind(15, deployment.releaseDeploymentId)
    row.bind(16, deployment.rollbackOf)
    row.bind(17, deployment.restores)
    row.bind(18, deployment.rolledBackBy)
    row.bind(19, deployment.reason)
    row.bind(20, deployment.bypassReason)
    row.bind(21, deployment.error)
    row.bind(22, deployment.gitopsHash)
    row.bind(23, Snapshot.encode(deployment.apiSettings))
    row.bind(24, deployment.holdsAutoDeploy)
    row.bind(25, deployment.actor.onBehalfOf)
    try send(row, changing: "component \(deployment.componentId)")
  }

  func updateDeployment(_ deployment: Deployment) throws(StoreError) {
    var before = replaceState(of: deployment)
    if deployment.state.isFinal {
      if before == nil { before = try stateBefore(deployment) }
      if before?.isFinal == false { noteEnd(of: deployment) }
    }
    let row = try change(Self.updateDeployment, of: deployment.componentId)
    row.bind(1, deployment.componentId)
    row.bind(2, deployment.id)
    row.bind(3, Int64(deployment.state.rawValue))
    row.bind(4, deployment.releaseId)
    row.bind(5, deployment.releaseDeploymentId)
    row.bind(6, deployment.rolledBackBy)
    row.bind(7, deployment.error)
    row.bind(8, deployment.gitopsHash)
    row.bind(9, deployment.startedAt)
    row.bind(10, deployment.endedAt)
    row.bind(11, Int64(deployment.kind.rawValue))
    row.bind(12, deployment.bypassReason)
    row.bind(13, deployment.holdsAutoDeploy)
    try send(row, changing: "deployment \(deployment.id)")
  }

  /// An end is one only the first time: later changes of the row are not.
  private func noteEnd(of deployment: Deployment) {
    note(
      DeploymentEnd(
        environmentId: deployment.environmentId, kind: deployment.kind, state: deployment.state))
  }

  private func stateBefore(_ deployment: Deployment) throws(StoreError) -> DeploymentState? {
    let row = try statement(Self.stateBefore)
    defer { row.reset() }
    row.bind(1, deployment.componentId)
    row.bind(2, deployment.id)
    return try step(row) ? DeploymentState(rawValue: UInt8(clamping: row.int(0))) : nil
  }

  func putBinding(_ binding: EnvironmentBinding) throws(StoreError) {
    let row = try change(Self.putBinding, of: binding.componentId)
    row.bind(1, binding.componentId)
    row.bind(2, binding.trackId)
    row.bind(3, binding.environmentId)
    row.bind(4, emptyIsNull: binding.currentDeploymentId)
    row.bind(5, emptyIsNull: binding.currentImageId)
    row.bind(6, binding.heldBy)
    if let place = binding.place {
      row.bind(7, place.repositoryURL)
      row.bind(8, place.branch)
      row.bind(9, place.path)
    } else {
      for index in 7...9 as ClosedRange<Int32> { row.bindNull(index) }
    }
    try send(row, changing: "component \(binding.componentId)")
  }
}
