import TrackDomain

/// Checks the conditions under which a deployment was accepted: when it is accepted, when work on
/// it begins, and in the transaction that begins its publication. The active deployment may differ
/// each time.
struct DeploymentRecheck {
  private let conditions: DeploymentConditions
  private let reader: any StoreReader

  init(_ conditions: DeploymentConditions, _ reader: any StoreReader) {
    self.conditions = conditions
    self.reader = reader
  }

  /// Sets the fields that depend on the active deployments: the kind, and the reason for skipping
  /// the order of the pipeline.
  ///
  /// Throws `DomainError`: CURRENT_DEPLOYMENT_CHANGED, NOT_PROMOTED.
  func apply(to deployment: inout Deployment) throws {
    let binding = try binding(deployment, in: deployment.environmentId)
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

  /// Requires the image to be active in the environment before, if there is one, or a reason.
  private func checkOrder(_ deployment: inout Deployment) throws {
    if conditions.promotedFrom.isEmpty { return }
    let previous = try binding(deployment, in: conditions.promotedFrom)
    if previous?.currentImageId == deployment.imageId { return }
    guard !conditions.bypassReason.isEmpty else {
      throw DomainError.notPromoted(
        imageId: deployment.imageId, environmentId: deployment.environmentId,
        previousId: conditions.promotedFrom)
    }
    deployment.bypassReason = conditions.bypassReason
  }

  private func binding(
    _ deployment: Deployment, in environmentId: String
  ) throws(StoreError) -> EnvironmentBinding? {
    try reader.binding(
      componentId: deployment.componentId, trackId: deployment.trackId,
      environmentId: environmentId)
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
      try DeploymentRecheck(conditions, transaction).apply(to: &deployment)
      return nil
    } catch let error as DomainError {
      let reason = "\(error.reason.rawValue): \(error.message)"
      try end(deployment, as: .cancelled, error: reason, transaction)
      try hurry(after: deployment, transaction)
      return reason
    }
  }
}
