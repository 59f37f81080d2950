import TrackDomain

/// What the changes of deployments have in common, whoever makes them.
struct DeploymentChanges: Sendable {
  let component: ComponentContext
  let now: Timestamp
  let actor: Principal

  func change(_ kind: ChangeKind, _ deployment: Deployment) -> Change {
    Change(
      kind: kind, resource: .deployment, resourceId: deployment.id,
      projectId: component.component.projectId, componentId: deployment.componentId, at: now,
      actor: actor, snapshot: Snapshot.encode(deployment))
  }

  /// `deployment` in its final state. Times do not run backwards when the clock does.
  func ended(
    _ deployment: Deployment, as state: DeploymentState, error: String = ""
  ) -> Deployment {
    var deployment = deployment
    deployment.state = state
    deployment.error = error
    deployment.attempts = nil
    deployment.endedAt = max(now, deployment.startedAt ?? deployment.createdAt)
    return deployment
  }

  /// Ends a deployment that nothing was published of. Release management is told, if it knows it:
  /// by who works on it, else by whoever leases what is left of its operation.
  ///
  /// - Parameter error: the rule that ended it; empty when somebody did.
  func end(
    _ deployment: Deployment, as state: DeploymentState, error: String = "",
    _ transaction: any StoreTransaction
  ) throws(StoreError) {
    let ended = ended(deployment, as: state, error: error)
    try transaction.updateDeployment(ended)
    try transaction.appendChange(change(.updated, ended))
    guard var operation = try transaction.operation(id: deployment.id) else { return }
    if operation.lease == nil, deployment.releaseDeploymentId.isEmpty {
      try transaction.deleteOperation(operation)
    } else {
      operation.step = .recorded
      operation.attempts = 0
      operation.lastError = ""
      operation.dueAt = now
      try transaction.updateOperation(operation)
    }
  }

  /// Ends the deployments of a track that nobody will ever work on: their operations are gone.
  func endAbandoned(
    componentId: String, trackId: String, _ transaction: any StoreTransaction
  ) throws(StoreError) {
    let unfinished = try transaction.unfinishedDeployments(
      componentId: componentId, trackId: trackId, environmentId: nil)
    for deployment in unfinished {
      do {
        if try transaction.operation(id: deployment.id) != nil { continue }
      } catch let error where error.isOfOneRow {
        // It is there, but cannot be read.
        continue
      }
      try end(deployment, as: .cancelled, transaction)
    }
  }

  // MARK: Holds

  /// Lifts the hold on auto-deploy in a place, and has the history of the rollback say so. The
  /// binding is the caller's to write.
  func liftHold(
    _ binding: inout EnvironmentBinding, _ transaction: any StoreTransaction
  ) throws(StoreError) {
    let rollbackId = binding.heldBy
    binding.heldBy = ""
    guard !rollbackId.isEmpty,
      var rollback = try transaction.deployment(componentId: binding.componentId, id: rollbackId)
    else { return }
    rollback.holdsAutoDeploy = false
    try transaction.updateDeployment(rollback)
    try transaction.appendChange(change(.updated, rollback))
  }

  // MARK: What waits

  /// Hurries what waited for `deployment` to end: the next one of its place, and the deletion of
  /// its track. To be called once its end is written. They look again by themselves, but later.
  func hurry(
    after deployment: Deployment, _ transaction: any StoreTransaction
  ) throws(StoreError) {
    let waiting = try transaction.unfinishedDeployments(
      componentId: deployment.componentId, trackId: deployment.trackId,
      environmentId: deployment.environmentId)
    for next in waiting where next.state == .queued {
      try Self.hurry(transaction.operation(id: next.id), at: now, transaction)
    }
    try Self.hurryDeletion(of: deployment, at: now, transaction)
  }

  /// Hurries the deletion of a deployment's track, if there is one.
  static func hurryDeletion(
    of deployment: Deployment, at time: Timestamp, _ transaction: any StoreTransaction
  ) throws(StoreError) {
    try hurryDeletion(
      componentId: deployment.componentId, trackId: deployment.trackId, at: time, transaction)
  }

  static func hurryDeletion(
    componentId: String, trackId: String, at time: Timestamp, _ transaction: any StoreTransaction
  ) throws(StoreError) {
    try hurry(
      transaction.deletion(componentId: componentId, trackId: trackId), at: time, transaction)
  }

  /// Hurries the removals from places that wait for a deployment to succeed elsewhere, or for the
  /// track to be deleted.
  static func hurryCleanings(
    componentId: String, trackId: String, at time: Timestamp, _ transaction: any StoreTransaction
  ) throws(StoreError) {
    let cleanings = try transaction.cleanings(
      componentId: componentId, trackId: trackId, limit: ExecutorOptions.cleaningsAtOnce)
    for cleaning in cleanings { try hurry(cleaning, at: time, transaction) }
  }

  /// Only what has not failed is due at once: the pauses after failures stay.
  private static func hurry(
    _ operation: Operation?, at time: Timestamp, _ transaction: any StoreTransaction
  ) throws(StoreError) {
    guard var operation, operation.lease == nil, operation.lastError.isEmpty,
      operation.dueAt > time
    else { return }
    operation.dueAt = time
    try transaction.updateOperation(operation)
  }
}

extension DeploymentChanges {
  init(_ context: PlanContext, component: ComponentContext) {
    self.init(component: component, now: context.now, actor: context.actor)
  }
}
