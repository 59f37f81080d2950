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
    let acceptance = try request.acceptance(context)
    let wanted = try request.imageId.isEmpty ? nil : acceptance.image(request.imageId)
    let target = try acceptance.target(
      environmentId: request.environmentId, pipelineId: request.pipelineId)
    let binding = try acceptance.binding(target)
    try acceptance.checkExpectation(request.expectedCurrentDeploymentId, target)
    if let wanted, wanted.trackId != request.trackId {
      throw DomainError.imageNotInTrack(imageId: wanted.id, trackId: request.trackId)
    }
    let releaseIds = try request.releaseIds(of: acceptance.changes.component.component)
    let history = DeploymentHistory(target: target, request: request, reader: context.reader)
    guard let binding, let current = try history.deployment(binding.currentDeploymentId) else {
      throw DomainError.noRollbackTarget(
        trackId: request.trackId, environmentId: target.environment.id)
    }
    let (restored, image) = try history.restorable(from: current, wanted)
    var deployment = acceptance.deployment(of: image, kind: .rollback, into: target)
    deployment.configRevision = restored.configRevision
    deployment.apiSettings = request.apiSettings ?? restored.apiSettings
    deployment.rollbackOf = current.id
    deployment.restores = restored.id
    deployment.reason = request.reason
    deployment.holdsAutoDeploy = true
    let accepted = try acceptance.accept(
      deployment,
      DeploymentConditions(expectedCurrentId: request.expectedCurrentDeploymentId),
      releaseIds: releaseIds, target)
    let changes = acceptance.changes
    let holding = AcceptedDeployment(deployment: accepted.deployment) {
      (transaction: any StoreTransaction) throws(StoreError) in
      try accepted.apply(transaction)
      var held = binding
      try changes.liftHold(&held, transaction)
      held.heldBy = accepted.deployment.id
      try transaction.putBinding(held)
    }
    return try plan(holding, context.reader)
  }
}
