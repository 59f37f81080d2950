import TrackDomain

/// Records the outcomes of deployments: in the history, in the environment, and in the operation.
struct OutcomeRecord {
  let context: ExecutorContext
  let batch: DeploymentBatch
  let time: Timestamp

  /// Writes all outcomes, in one transaction if the store takes it. Each written outcome ends its
  /// lease.
  ///
  /// - Returns: the outcomes that the store refuses.
  func write() async throws -> [(item: DeploymentJob, error: StoreError)] {
    let (outcomes, time) = (batch.outcomes, time)
    let maximumAttempts = context.options.stepAttempts
    let written = try await context.fencedEach(batch.heldJobs) { (transaction, works) in
      var written = Written()
      for fenced in works { transaction.foresee(endOf: fenced.work.deployment) }
      for fenced in works {
        let entry = Entry(
          changes: DeploymentChanges(
            component: fenced.component, now: time, actor: fenced.operation.actor),
          maximumAttempts: maximumAttempts, transaction: transaction)
        try entry.write(
          outcomes[fenced.work.id] ?? .unavailable("there was no outcome"), fenced.operation,
          &written)
      }
      return written
    }
    context.observed(.recorded, written.values.flatMap(\.recorded))
    for event in written.values.flatMap(\.events) { context.report(event) }
    return written.refused
  }

  fileprivate struct Written: Sendable {
    var recorded: [String] = []
    var events: [ExecutorEvent] = []
  }
}

/// One outcome within the transaction.
private struct Entry {
  let changes: DeploymentChanges
  let maximumAttempts: Int32
  let transaction: any StoreTransaction

  func write(
    _ outcome: DeploymentOutcome, _ operation: Operation,
    _ written: inout OutcomeRecord.Written
  ) throws(StoreError) {
    var operation = operation
    guard
      let deployment = try transaction.deployment(
        componentId: operation.componentId, id: operation.id)
    else { return try transaction.deleteOperation(operation) }
    if deployment.state.isFinal { return try finish(deployment, &operation) }
    switch outcome {
    case .succeeded(let hash):
      let ended = try succeed(deployment, hash)
      written.recorded.append(ended.id)
      try finish(ended, &operation)
    case .unavailable(let error, let retryAfter)
    where !outcome.isEnd(after: operation.attempts + 1, of: maximumAttempts):
      try retry(deployment, &operation, error, after: retryAfter, &written)
    case .unsettled(let error):
      try retry(deployment, &operation, error, &written)
    case .failed(let error), .unavailable(let error, _):
      let ended = changes.ended(deployment, as: .failed, error: error)
      try put(ended)
      try changes.hurry(after: ended, transaction)
      written.events.append(.failed(deploymentId: ended.id, error: error))
      written.recorded.append(ended.id)
      try finish(ended, &operation)
    case .withdrawn, .leaseLost:
      // The deployment has not ended, and the reason why it was withdrawn is unknown: it is tried
      // again.
      operation.lease = nil
      operation.dueAt = changes.now.after(.seconds(1))
      try transaction.updateOperation(operation)
    }
  }

  private func retry(
    _ deployment: Deployment, _ operation: inout Operation, _ error: String,
    after pause: Duration? = nil, _ written: inout OutcomeRecord.Written
  ) throws(StoreError) {
    operation.fail(error, at: changes.now, retryAfter: pause)
    try transaction.updateOperation(operation)
    var waiting = deployment
    waiting.attempts = DeploymentAttempts(operation)
    try transaction.appendChange(changes.change(.updated, waiting))
    written.events.append(
      .retrying(operationId: operation.id, attempts: operation.attempts, error: error))
  }

  /// Deletes the operation, after which a deletion of the track may go on; or keeps it for the
  /// report to release management.
  private func finish(
    _ deployment: Deployment, _ operation: inout Operation
  ) throws(StoreError) {
    guard ReleaseUpdate(deployment) != nil else {
      try transaction.deleteOperation(operation)
      return try DeploymentChanges.hurryDeletion(of: deployment, at: changes.now, transaction)
    }
    operation.step = .recorded
    operation.attempts = 0
    operation.lastError = ""
    operation.lease = nil
    operation.dueAt = changes.now
    try transaction.updateOperation(operation)
  }

  // MARK: Success

  private func succeed(
    _ deployment: Deployment, _ hash: String
  ) throws(StoreError) -> Deployment {
    var ended = changes.ended(deployment, as: .succeeded)
    ended.gitopsHash = hash
    try put(ended)
    let former =
      try transaction.binding(
        componentId: ended.componentId, trackId: ended.trackId,
        environmentId: ended.environmentId)
    try markRolledBack(by: ended, former?.currentDeploymentId)
    var binding =
      former
      ?? EnvironmentBinding(
        componentId: ended.componentId, trackId: ended.trackId,
        environmentId: ended.environmentId)
    binding.currentDeploymentId = ended.id
    binding.currentImageId = ended.imageId
    if try liftsHold(ended, binding) { try changes.liftHold(&binding, transaction) }
    try transaction.putBinding(binding)
    try transaction.endDrift(
      componentId: ended.componentId, trackId: ended.trackId, environmentId: ended.environmentId)
    try changes.hurry(after: ended, transaction)
    try DeploymentChanges.hurryCleanings(
      componentId: ended.componentId, trackId: ended.trackId, at: changes.now, transaction)
    return ended
  }

  /// The longest chain of rollbacks that is followed.
  private static let maximumChain = 100

  /// A rollback undoes the deployment that it was asked to undo, and the one that became active
  /// since. If one of them is a rollback itself, the deployment that it restored is undone again.
  private func markRolledBack(by rollback: Deployment, _ current: String?) throws(StoreError) {
    guard rollback.kind == .rollback else { return }
    for first in Set([rollback.rollbackOf, current ?? ""]) {
      var id = first
      for _ in 0..<Self.maximumChain where !id.isEmpty && id != rollback.id {
        guard
          var undone = try transaction.deployment(componentId: rollback.componentId, id: id)
        else { break }
        id = undone.restores
        if !undone.rolledBackBy.isEmpty { continue }
        undone.rolledBackBy = rollback.id
        try put(undone)
      }
    }
  }

  /// Whether a person's deployment ends the hold of a rollback that was accepted before it.
  private func liftsHold(
    _ deployment: Deployment, _ binding: EnvironmentBinding
  ) throws(StoreError) -> Bool {
    guard !binding.heldBy.isEmpty, deployment.kind == .deploy || deployment.kind == .redeploy
    else { return false }
    let rollback = try transaction.deployment(
      componentId: binding.componentId, id: binding.heldBy)
    return deployment.sequence > (rollback?.sequence ?? 0)
  }

  private func put(_ deployment: Deployment) throws(StoreError) {
    try transaction.updateDeployment(deployment)
    try transaction.appendChange(changes.change(.updated, deployment))
  }
}

extension StoreReader {
  /// Asks for a deployment that is not final, which comes with what its operation tells.
  func foresee(deployment id: String, of componentId: String) {
    foresee { () throws(StoreError) in _ = try deployment(componentId: componentId, id: id) }
    foresee { () throws(StoreError) in _ = try operation(id: id) }
  }

  /// Asks for what the end of a deployment in progress changes. At most one is in progress in each
  /// place. What several ends of a track make due is due, whichever of them wrote it.
  fileprivate func foresee(endOf deployment: Deployment) {
    let (component, track) = (deployment.componentId, deployment.trackId)
    foresee(deployment: deployment.id, of: component)
    foresee { () throws(StoreError) in
      _ = try binding(
        componentId: component, trackId: track, environmentId: deployment.environmentId)
    }
    foresee { () throws(StoreError) in
      let unfinished = try unfinishedDeployments(
        componentId: component, trackId: track, environmentId: deployment.environmentId)
      for next in unfinished where next.state == .queued {
        foresee { () throws(StoreError) in _ = try operation(id: next.id) }
      }
    }
    for _ in 0..<2 {
      foresee { () throws(StoreError) in
        _ = try deletion(componentId: component, trackId: track)
      }
    }
    foresee { () throws(StoreError) in
      _ = try cleanings(
        componentId: component, trackId: track, limit: ExecutorOptions.cleaningsAtOnce)
    }
  }
}
