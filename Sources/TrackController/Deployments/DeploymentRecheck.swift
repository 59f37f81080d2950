import TrackDomain

/// Checks the conditions under which a deployment was accepted: when it is accepted, when work on
/// it begins, and in the transaction that begins its publication. The active deployment may differ
/// each time.
struct DeploymentRecheck {
  let conditions: DeploymentConditions
  /// What the track has in the deployment's environment.
  let binding: EnvironmentBinding?
  /// What the track has in the environment that the deployment is promoted from.
  let previousBinding: EnvironmentBinding?

  /// Sets the fields that depend on the active deployments: the kind, and the reason for skipping
  /// the order of the pipeline.
  ///
  /// Throws `DomainError`: CURRENT_DEPLOYMENT_CHANGED, NOT_PROMOTED.
  func apply(to deployment: inout Deployment) throws(DomainError) {
    let current = binding?.currentDeploymentId ?? ""
    guard conditions.expectedCurrentId.isEmpty || conditions.expectedCurrentId == current else {
      throw DomainError.currentDeploymentChanged(
        environmentId: deployment.environmentId, current: current)
    }
    try checkOrder(&deployment)
    if deployment.kind == .deploy || deployment.kind == .redeploy {
      deployment.kind = binding?.currentImageId == deployment.imageId ? .redeploy : .deploy
    }
  }

  /// The image is active in the environment before its own, if there is one, or a reason is given.
  private func checkOrder(_ deployment: inout Deployment) throws(DomainError) {
    if conditions.promotedFrom.isEmpty { return }
    if previousBinding?.currentImageId == deployment.imageId { return }
    guard !conditions.bypassReason.isEmpty else {
      throw DomainError.notPromoted(
        imageId: deployment.imageId, environmentId: deployment.environmentId,
        previousId: conditions.promotedFrom)
    }
    deployment.bypassReason = conditions.bypassReason
  }
}

extension DeploymentRecheck {
  /// Reads what is active now.
  init(
    _ deployment: Deployment, _ conditions: DeploymentConditions, _ reader: any StoreReader
  ) throws(StoreError) {
    func binding(_ environmentId: String) throws(StoreError) -> EnvironmentBinding? {
      if environmentId.isEmpty { return nil }
      return try reader.binding(
        componentId: deployment.componentId, trackId: deployment.trackId,
        environmentId: environmentId)
    }
    self.conditions = conditions
    self.binding = try binding(deployment.environmentId)
    previousBinding = try binding(conditions.promotedFrom)
  }
}

extension DeploymentChanges {
  /// Updates `deployment` to the current state, or cancels it because a condition under which it
  /// was accepted no longer holds.
  ///
  /// - Returns: why it was cancelled; nil when it goes on.
  func recheck(
    _ deployment: inout Deployment, _ conditions: DeploymentConditions,
    _ transaction: any StoreTransaction
  ) throws -> String? {
    do {
      try DeploymentRecheck(deployment, conditions, transaction).apply(to: &deployment)
      return nil
    } catch let error as DomainError {
      let reason = "\(error.reason.rawValue): \(error.message)"
      try end(deployment, as: .cancelled, error: reason, transaction)
      try hurry(after: deployment, transaction)
      return reason
    }
  }
}
