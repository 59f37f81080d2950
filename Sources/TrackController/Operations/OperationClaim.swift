import TrackDomain

/// Claims operations that are due, to be worked on at once.
struct OperationClaim {
  let context: ExecutorContext

  /// What came of it.
  struct Taken: Sendable {
    var jobs: [OperationJob] = []
    /// Whether anything was done: taken, put off or removed.
    var hasMoved = false
    var events: [ExecutorEvent] = []
  }

  /// Leases operations of a lane's queues that are due, of each queue about as many: their
  /// deployments are in progress then. What waits for another operation is put off.
  ///
  /// Throws `StoreError` and `CancellationError`.
  func take(_ work: LaneWork, atMost limit: Int) async throws -> Taken {
    let window = context.window()
    let due = try await context.store.read { reader in
      try Self.due(work.queues, window, limit: limit, reader)
    }
    if due.isEmpty { return Taken() }
    let new = due.filter(\.isNew).map(\.id)
    context.observed(.accepted, new)
    let context = context
    let (taken, refused) = try await context.oneByOne(due) { due in
      let ids = due.map(\.componentId)
      return try await context.store.write(.components(ids).andCatalog) { transaction in
        let components = try ExecutorContext.components(ids, transaction)
        var claim = ClaimTransaction(
          context: context, window: window, lane: work.lane,
          expiry: try transaction.storeTime().after(context.options.leaseLength),
          transaction: transaction)
        for operation in due { try claim.take(operation.id, components[operation.componentId]) }
        return claim.taken
      }
    }
    var all = taken.reduce(into: Taken()) { all, some in
      all.jobs += some.jobs
      all.hasMoved = all.hasMoved || some.hasMoved
      all.events += some.events
    }
    for (operation, error) in refused {
      await context.putOff(operation.id, of: operation.componentId, error)
      all.hasMoved = true
    }
    for event in all.events { context.report(event) }
    context.observed(.leased, all.jobs.compactMap(\.newDeploymentId).filter(Set(new).contains))
    return all
  }

  /// What is due, in turn from each queue, so that a long queue leaves room for the others.
  private static func due(
    _ queues: [OperationQueue], _ window: DueWindow, limit: Int, _ reader: any StoreReader
  ) throws -> [DueOperation] {
    var heads: [[DueOperation]] = []
    // So that a read stays bounded; what is left over is the next batch's.
    let share = max(1, 2 * limit / max(1, queues.count))
    for queue in queues.prefix(limit) {
      heads.append(try reader.dueOperations(in: queue, window, limit: min(limit, share)))
    }
    var due: [DueOperation] = []
    var round = 0
    while due.count < limit {
      let next = heads.compactMap { round < $0.count ? $0[round] : nil }
      if next.isEmpty { break }
      due += next.prefix(limit - due.count)
      round += 1
    }
    return due
  }
}

/// The part of a claim that is a transaction.
private struct ClaimTransaction {
  let context: ExecutorContext
  let window: DueWindow
  let lane: String
  /// Of the leases, by the store's clock.
  let expiry: Timestamp
  let transaction: any StoreTransaction
  var taken = OperationClaim.Taken()

  /// Nothing happens when the operation is not due any more.
  mutating func take(_ id: String, _ component: ComponentContext?) throws {
    guard let operation = try transaction.operation(id: id), operation.lease == nil,
      window.contains(operation.dueAt)
    else { return }
    if operation.kind != .deployment {
      let claimed = try claim(operation)
      return add(operation.kind == .trackDeletion ? .deletion(claimed) : .cleaning(claimed))
    }
    guard let component,
      let deployment = try transaction.deployment(
        componentId: operation.componentId, id: operation.id)
    else { return try remove(operation) }
    if deployment.state.isFinal { return try takeReport(of: deployment, operation) }
    try take(
      deployment, operation,
      DeploymentChanges(component: component, now: context.now(), actor: operation.actor))
  }

  private func claim(_ operation: Operation, at step: Operation.Step? = nil) throws -> Operation {
    var claimed = operation.claimed(by: context.owner, until: expiry)
    if let step { claimed.step = step }
    try transaction.claimOperation(claimed)
    return claimed
  }

  private mutating func add(_ job: OperationJob) {
    taken.jobs.append(job)
    taken.hasMoved = true
  }

  private mutating func remove(_ operation: Operation) throws {
    try transaction.deleteOperation(operation)
    taken.hasMoved = true
  }

  private mutating func takeReport(of deployment: Deployment, _ operation: Operation) throws {
    guard let update = ReleaseUpdate(deployment) else {
      try remove(operation)
      return try DeploymentChanges.hurryDeletion(of: deployment, at: context.now(), transaction)
    }
    let claimed = try claim(operation, at: .recorded)
    add(.report(ReportJob(operation: claimed, deployment: deployment, update: update)))
  }

  /// The environment is read now: what was repaired meanwhile counts, and an environment that moved
  /// to another lane is left to that.
  private mutating func take(
    _ deployment: Deployment, _ operation: Operation, _ changes: DeploymentChanges
  ) throws {
    let environment = try context.environment(deployment.environmentId, transaction)
    guard context.lane(of: environment) == lane else {
      taken.hasMoved = true
      return
    }
    var job = DeploymentJob(
      operation: operation, deployment: deployment, environment: environment)
    if deployment.state == .queued {
      if try isHeldUp(deployment) { return try putOff(operation) }
      // Nobody else changes what is active there from now on.
      if let reason = try changes.recheck(&job.deployment, operation.conditions, transaction) {
        taken.events.append(.cancelled(deploymentId: deployment.id, reason: reason))
        taken.hasMoved = true
        return
      }
      job.deployment.state = .inProgress
      job.deployment.startedAt = max(changes.now, deployment.createdAt)
    }
    job.operation = try claim(operation, at: max(operation.step, .leased))
    if deployment.state == .queued {
      job.deployment.attempts = nil
      try transaction.updateDeployment(job.deployment)
      try transaction.appendChange(changes.change(.updated, job.deployment))
    }
    add(.deployment(job))
  }

  /// Whether another deployment of the same track is in progress there.
  private func isHeldUp(_ deployment: Deployment) throws -> Bool {
    try transaction.unfinishedDeployments(
      componentId: deployment.componentId, trackId: deployment.trackId,
      environmentId: deployment.environmentId
    ).contains { $0.state == .inProgress && $0.id != deployment.id }
  }

  /// Whoever ends what holds it up hurries it; if nobody does, it looks again by itself.
  private mutating func putOff(_ operation: Operation) throws {
    var waiting = operation
    waiting.dueAt = context.now().after(microseconds: ExecutorOptions.blockedPause)
    try transaction.updateOperation(waiting)
    taken.hasMoved = true
  }
}

extension OperationJob {
  /// The deployment, if the job is one.
  fileprivate var newDeploymentId: String? {
    if case .deployment(let job) = self { job.id } else { nil }
  }
}
