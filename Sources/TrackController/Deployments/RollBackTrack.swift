import TrackDomain

/// Accepts a rollback: a new deployment with the image and the configuration of an earlier one that
/// succeeded. Auto-deploy in its environment is on hold from then on.
struct RollBackTrack: DeploymentMutation {
  let request: DeploymentRequest

  var method: RequestMethod { .rollBackDeploymentTrack }

  func check() throws(DomainError) {
    try request.check(isImageRequired: false)
  }

  func plan(_ checked: Void, _ context: PlanContext) throws -> Plan<DeploymentAnswer> {
    var facts = RollbackFacts(DeploymentFacts())
    let acceptance = try request.acceptance(context) { query in
      facts = try context.reader.rollbackFacts(query)
      return facts.deployment
    }
    let wanted = try request.imageId.isEmpty ? nil : acceptance.image()
    let target = try acceptance.target()
    try acceptance.checkExpectation(request.expectedCurrentDeploymentId, target)
    if let wanted, wanted.trackId != request.trackId {
      throw DomainError.imageNotInTrack(imageId: wanted.id, trackId: request.trackId)
    }
    let releaseIds = try request.releaseIds(of: acceptance.changes.component.component)
    guard let binding = facts.deployment.binding, let current = facts.current else {
      throw DomainError.noRollbackTarget(
        trackId: request.trackId, environmentId: target.environment.id)
    }
    guard let restored = facts.restored, let image = facts.restoredImage else {
      throw refusal(wanted, target, wasDeployed: facts.wasDeployed)
    }
    var deployment = acceptance.deployment(of: image, kind: .rollback, into: target)
    deployment.configRevision = restored.configRevision
    deployment.apiSettings = request.apiSettings ?? restored.apiSettings
    deployment.rollbackOf = current.id
    deployment.restores = restored.id
    deployment.reason = request.reason
    deployment.holdsAutoDeploy = true
    let accepted = acceptance.accept(
      deployment,
      DeploymentConditions(expectedCurrentId: request.expectedCurrentDeploymentId),
      releaseIds: releaseIds)
    let changes = acceptance.changes
    let holding = AcceptedDeployment(deployment: accepted.deployment) {
      (transaction: any StoreTransaction) throws(StoreError) in
      try accepted.apply(transaction)
      var held = binding
      try changes.liftHold(&held, transaction)
      held.heldBy = accepted.deployment.id
      try transaction.putBinding(held)
    }
    return plan(
      holding, DeploymentAnswer(rollback: accepted.deployment, of: current, facts), changes)
  }

  /// Why there is nothing to go back to.
  private func refusal(
    _ wanted: TrackImage?, _ target: DeploymentTarget, wasDeployed: Bool
  ) -> DomainError {
    let environmentId = target.environment.id
    guard let wanted else {
      return .noRollbackTarget(trackId: request.trackId, environmentId: environmentId)
    }
    return wasDeployed
      ? .alreadyCurrent(imageId: wanted.id, environmentId: environmentId)
      : .imageNotDeployed(
        imageId: wanted.id, trackId: request.trackId, environmentId: environmentId)
  }
}
