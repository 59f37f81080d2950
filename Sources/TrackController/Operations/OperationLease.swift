import TrackDomain

/// Takes operations that are due.
struct OperationLease {
  let context: ExecutorContext

  /// Backoffs are shorter than this: what seems to be due later was written before the clock was set
  /// back.
  private static let farMicroseconds: Int64 = 120_000_000

  /// What was taken, and when the next operation is due if that was nothing.
  struct Taken: Sendable {
    var jobs: [OperationJob] = []
    var nextDue: Timestamp?
  }

  /// Leases the operations that are due, up to a batch of them: their deployments are in progress
  /// then.
  ///
  /// Throws `StoreError` and `CancellationError`.
  func take() async throws -> Taken {
    let now = context.now()
    let taken = try await take(at: now)
    guard let next = taken.nextDue, next.microseconds > now.microseconds + Self.farMicroseconds
    else { return taken }
    return try await take(at: next)
  }

  private func take(at time: Timestamp) async throws -> Taken {
    let (due, next) = try await context.store.read { reader in
      let due = try reader.dueOperations(at: time, limit: ExecutorOptions.batchSize)
      return (due, try due.isEmpty ? reader.nextOperationDue() : nil)
    }
    if due.isEmpty { return Taken(nextDue: next) }
    let new = due.filter { $0.kind == .deployment && $0.step == .accepted }.map(\.id)
    context.observed(.accepted, new)
    let holder = context.holder
    let jobs = try await context.store.write { transaction in
      let components = try ExecutorContext.lock(due.map(\.componentId), transaction)
      return try due.compactMap { operation in
        try Self.lease(
          operation, for: holder, components[operation.componentId], at: time, transaction)
      }
    }
    context.observed(.leased, jobs.compactMap(\.newDeploymentId).filter(Set(new).contains))
    return Taken(jobs: jobs)
  }

  /// Nil when it is not due any more.
  private static func lease(
    _ due: Operation, for holder: UniqueID, _ component: ComponentContext?, at time: Timestamp,
    _ transaction: any StoreTransaction
  ) throws -> OperationJob? {
    guard var operation = try transaction.operation(id: due.id), operation.leaseHolder == nil,
      !operation.isBlocked, operation.dueAt <= time
    else { return nil }
    operation.leaseHolder = holder
    if operation.kind == .trackDeletion {
      try transaction.updateOperation(operation)
      return .deletion(operation)
    }
    guard let component,
      let deployment = try transaction.deployment(
        componentId: operation.componentId, id: operation.id)
    else {
      try transaction.deleteOperation(id: operation.id)
      return nil
    }
    if deployment.state.isFinal {
      return try leaseReport(of: deployment, operation, at: time, transaction)
    }
    let changes = DeploymentChanges(component: component, now: time, actor: operation.actor)
    return .deployment(try lease(deployment, operation, changes, transaction))
  }

  private static func leaseReport(
    of deployment: Deployment, _ operation: Operation, at time: Timestamp,
    _ transaction: any StoreTransaction
  ) throws -> OperationJob? {
    guard let job = ReportJob(deployment) else {
      try transaction.deleteOperation(id: operation.id)
      try DeploymentChanges.unblockDeletion(of: deployment, at: time, transaction)
      return nil
    }
    try transaction.updateOperation(operation)
    return .report(job)
  }

  private static func lease(
    _ deployment: Deployment, _ operation: Operation, _ changes: DeploymentChanges,
    _ transaction: any StoreTransaction
  ) throws -> DeploymentJob {
    var job = DeploymentJob(operation: operation, deployment: deployment)
    job.operation.step = max(operation.step, .leased)
    try transaction.updateOperation(job.operation)
    if deployment.state == .queued {
      job.deployment.state = .inProgress
      job.deployment.startedAt = max(changes.now, deployment.createdAt)
      try transaction.updateDeployment(job.deployment)
      try transaction.appendChange(changes.change(.updated, job.deployment))
    }
    job.environment = try transaction.catalogResource(.environment, id: deployment.environmentId)
      .flatMap(Environment.init)
    return job
  }
}

extension OperationJob {
  /// The deployment, if the job is one.
  fileprivate var newDeploymentId: String? {
    if case .deployment(let job) = self { job.id } else { nil }
  }
}
