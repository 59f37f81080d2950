import TrackDomain

/// The effects that all changes of deployments share, whether a caller or the executor makes them.
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

  /// What the audit says of a deployment.
  func subject(_ deployment: Deployment) -> AuditSubject {
    AuditSubject(
      trackOf: component, deployment.trackId, "deployments/\(deployment.id)",
      environmentId: deployment.environmentId)
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

  /// Ends a deployment that was not published. If release management knows it, it gets a report:
  /// from the executor that has the lease, else from the next one that leases the rest of the
  /// operation.
  ///
  /// - Parameter error: the rule that ended it; empty when a caller did.
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

  /// Ends the deployments of a track whose operations are gone: no executor will ever work on them.
  func endAbandoned(
    componentId: String, trackId: String, _ transaction: any StoreTransaction
  ) throws(StoreError) {
    let unfinished = try transaction.unfinishedDeployments(
      componentId: componentId, trackId: trackId, environmentId: nil)
    for deployment in unfinished {
      do {
        if try transaction.operation(id: deployment.id) != nil { continue }
      } catch let error where error.isOfOneRow {
        // The operation exists, but cannot be read.
        continue
      }
      try end(deployment, as: .cancelled, transaction)
    }
  }

  /// Ends what is held of a track since a restore, for the track's deletion goes on: deployments are
  /// cancelled, and removals from former places are not held any more.
  func endHeld(
    componentId: String, trackId: String, _ transaction: any StoreTransaction
  ) throws(StoreError) {
    let unfinished = try transaction.unfinishedDeployments(
      componentId: componentId, trackId: trackId, environmentId: nil)
    for deployment in unfinished {
      guard try transaction.operation(id: deployment.id)?.isRestored == true else { continue }
      try end(deployment, as: .cancelled, error: Operation.lostReason, transaction)
    }
    let cleanings = try transaction.cleanings(
      componentId: componentId, trackId: trackId, limit: ExecutorOptions.cleaningsAtOnce)
    for var cleaning in cleanings where cleaning.isRestored {
      cleaning.goOn(at: now)
      try transaction.updateOperation(cleaning)
    }
  }

  // MARK: Holds

  /// Lifts the hold on auto-deploy in a place and records that in the rollback. The caller writes
  /// the binding.
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

  // MARK: Waiting operations

  /// Makes the operations that wait for `deployment` to end due now: the next deployment of its
  /// place, and the deletion of its track. Called after the end was written. Without this they
  /// become due later by themselves.
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

  /// Makes the deletion of a deployment's track due now, if there is one.
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

  /// Makes removals from earlier places due now: they wait for a deployment to succeed elsewhere,
  /// or for the track to be deleted.
  static func hurryCleanings(
    componentId: String, trackId: String, at time: Timestamp, _ transaction: any StoreTransaction
  ) throws(StoreError) {
    let cleanings = try transaction.cleanings(
      componentId: componentId, trackId: trackId, limit: ExecutorOptions.cleaningsAtOnce)
    for cleaning in cleanings { try hurry(cleaning, at: time, transaction) }
  }

  /// Leaves operations alone that have failed: the pauses after failures stay.
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
