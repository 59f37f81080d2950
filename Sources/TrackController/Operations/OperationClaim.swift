import TrackDomain

/// Leases due operations for work that begins at once.
struct OperationClaim {
  let context: ExecutorContext

  /// The result of a claim.
  struct Taken: Sendable {
    var jobs: [OperationJob] = []
    /// The right to publish them.
    var lane = LaneTaking.unneeded
    /// Whether any operation was leased, put off or ended.
    var hasMoved = false
    var events: [ExecutorEvent] = []
  }

  /// Leases due operations of a lane's queues, about as many of each queue. Their deployments are
  /// in progress from then on. Operations that wait for others are put off.
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
    let (taken, refused) = try await claimed(due) { due in
      let ids = due.map(\.componentId)
      return try await context.store.write(.components(ids).andCatalog) { transaction in
        let components = try ExecutorContext.components(ids, transaction)
        var claim = ClaimTransaction(
          context: context, window: window, lane: work.lane,
          expiry: try transaction.storeTime().after(context.options.leaseLength),
          transaction: transaction)
        let found = try claim.find(due)
        guard try claim.takeLane() else { return claim.taken }
        for one in found { try claim.take(one, components[one.operation.componentId]) }
        return claim.taken
      }
    }
    var all = taken.reduce(into: Taken()) { all, some in
      all.jobs += some.jobs
      all.lane = some.lane
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

  /// The same as `oneByOne`. Where a failure may hide a success, the operations are owed to others:
  /// nobody here works on them, and leases are renewed while anybody works on anything.
  private func claimed(
    _ due: [DueOperation], _ write: ([DueOperation]) async throws -> Taken
  ) async throws -> (values: [Taken], refused: [(item: DueOperation, error: StoreError)]) {
    do {
      return try await context.oneByOne(due, write)
    } catch let error as StoreError where !context.store.isExclusive {
      let until = context.now().after(.seconds(1))
      for operation in due {
        await context.lanes.owe(
          operation.id, .putOff(componentId: operation.componentId, until: until))
      }
      throw error
    }
  }

  /// Due operations, taken from the queues in turn, so that a long queue leaves room for the
  /// others.
  private static func due(
    _ queues: [OperationQueue], _ window: DueWindow, limit: Int, _ reader: any StoreReader
  ) throws -> [DueOperation] {
    var heads: [[DueOperation]] = []
    // Bounds the read; the next batch gets the rest.
    let share = max(1, 2 * limit / max(1, queues.count))
    for queue in queues.prefix(limit) {
      reader.foresee { () throws(StoreError) in
        _ = try reader.dueOperations(in: queue, window, limit: min(limit, share))
      }
    }
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

/// The transaction of a claim.
private struct ClaimTransaction {
  let context: ExecutorContext
  let window: DueWindow
  let lane: String
  /// The end of the leases, by the store's clock.
  let expiry: Timestamp
  let transaction: any StoreTransaction
  var taken = OperationClaim.Taken()
  /// Deployments that others of this claim have taken the place of: they were found as they were.
  var ended: Set<String> = []

  /// False when another executor has the lane. The queue of deletions is everybody's.
  mutating func takeLane() throws(StoreError) -> Bool {
    if lane == DueWork.deletions { return true }
    guard let taking = try context.takeLane(lane, transaction) else { return false }
    taken.lane = taking
    return true
  }

  /// An operation that is due, as it was when the claim began.
  struct Found {
    let operation: Operation
    /// Nil: it is of none, or that is gone.
    var deployment: Deployment?
    var environment: Environment?
    /// Whether nobody asked for it, and a restore is not settled.
    var waitsForRestore = false
  }

  /// Reads those of the operations that are still due, before anything is changed: another place's
  /// claims do not matter to them.
  func find(_ due: [DueOperation]) throws(StoreError) -> [Found] {
    let transaction = transaction
    transaction.foresee { () throws(StoreError) in _ = try transaction.laneLease(of: lane) }
    transaction.foresee { () throws(StoreError) in _ = try transaction.restore() }
    for one in due {
      transaction.foresee { () throws(StoreError) in _ = try transaction.operation(id: one.id) }
      transaction.foresee(deployment: one.id, of: one.componentId)
    }
    var found: [Found] = []
    for one in due {
      guard let operation = try transaction.operation(id: one.id), operation.lease == nil,
        window.contains(operation.dueAt)
      else { continue }
      var here = Found(operation: operation)
      if operation.kind == .deployment {
        here.deployment = try transaction.deployment(
          componentId: operation.componentId, id: operation.id)
      }
      found.append(here)
    }
    let isAuto = { (one: Found) in one.deployment?.kind == .auto }
    if found.contains(where: isAuto), try transaction.restore()?.stands == true {
      for index in found.indices { found[index].waitsForRestore = isAuto(found[index]) }
    }
    try findEnvironments(&found)
    return found
  }

  /// The environments as they are now: repairs since the operations were written count.
  private func findEnvironments(_ found: inout [Found]) throws(StoreError) {
    let transaction = transaction
    var places: Set<[String]> = []
    for one in found {
      guard let deployment = one.deployment, !deployment.state.isFinal else { continue }
      let (component, track) = (deployment.componentId, deployment.trackId)
      let former = one.operation.conditions.promotedFrom
      if !former.isEmpty {
        transaction.foresee { () throws(StoreError) in
          _ = try transaction.binding(
            componentId: component, trackId: track, environmentId: former)
        }
      }
      // What one of two deployments into a place changes, the other one has to see.
      guard places.insert([component, track, deployment.environmentId]).inserted else { continue }
      transaction.foresee { () throws(StoreError) in
        _ = try transaction.unfinishedDeployments(
          componentId: component, trackId: track, environmentId: deployment.environmentId)
      }
      transaction.foresee { () throws(StoreError) in
        _ = try transaction.binding(
          componentId: component, trackId: track, environmentId: deployment.environmentId)
      }
    }
    let ids = Set(
      found.compactMap(\.deployment).filter { !$0.state.isFinal }.map(\.environmentId))
    let environments = try transaction.catalogResources(
      at: Set(ids.map { CatalogKey(.environment, $0) }))
    for index in found.indices {
      guard let id = found[index].deployment?.environmentId else { continue }
      found[index].environment = environments[CatalogKey(.environment, id)].flatMap(
        Environment.init)
    }
  }

  mutating func take(_ found: Found, _ component: ComponentContext?) throws {
    let operation = found.operation
    if ended.contains(operation.id) { return }
    if operation.kind != .deployment {
      if operation.isRestored { return try hold(operation) }
      guard try mayRemove(operation) else { return }
      let claimed = try claim(operation)
      return add(operation.kind == .trackDeletion ? .deletion(claimed) : .cleaning(claimed))
    }
    guard let component, let deployment = found.deployment else { return try remove(operation) }
    if deployment.state.isFinal { return try takeReport(of: deployment, operation) }
    let changes = DeploymentChanges(
      component: component, now: context.now(), actor: operation.actor)
    if try isHeld(deployment, found) { return try hold(operation, deployment, changes) }
    try take(deployment, found, changes)
  }

  // MARK: After a restore

  /// Whether a deployment waits until a restore is settled: it was under way in the backup, or nobody
  /// asked for it and its place is not known to hold what the store believes.
  private func isHeld(
    _ deployment: Deployment, _ found: Found
  ) throws(StoreError) -> Bool {
    if found.operation.isRestored { return true }
    guard found.waitsForRestore, found.operation.step < .publishing else { return false }
    if try transaction.hasDrift(
      componentId: deployment.componentId, trackId: deployment.trackId,
      environmentId: deployment.environmentId)
    {
      return true
    }
    return try transaction.comparedLane(lane)?.fault.isEmpty != true
  }

  /// Puts an operation off; a comparison lets it go on.
  private mutating func hold(
    _ operation: Operation, _ deployment: Deployment? = nil, _ changes: DeploymentChanges? = nil
  ) throws(StoreError) {
    var held = operation
    held.isRestored = true
    held.dueAt = context.now().after(microseconds: ExecutorOptions.longestPause)
    held.lastError = Operation.heldReason
    try transaction.updateOperation(held)
    taken.hasMoved = true
    if operation.lastError == held.lastError { return }
    taken.events.append(.held(operationId: held.id))
    guard var waiting = deployment, let changes else { return }
    waiting.attempts = DeploymentAttempts(held)
    try transaction.appendChange(changes.change(.updated, waiting))
  }

  /// Whether this executor can do what is next for a deletion or cleaning. What stands in places of
  /// lanes that another executor has, that one removes.
  private func mayRemove(_ operation: Operation) throws(StoreError) -> Bool {
    if context.store.isExclusive { return true }
    if operation.kind == .trackDeletion, !operation.isAtPlaces { return true }
    let lanes = Set(
      try PlaceWithdrawal.places(of: operation, transaction).map { context.lane(of: $0.place) })
    for lane in lanes where try context.isFree(lane, transaction) { return true }
    return lanes.isEmpty
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

  /// An environment that has moved to another lane is left to that lane.
  private mutating func take(
    _ deployment: Deployment, _ found: Found, _ changes: DeploymentChanges
  ) throws {
    let (operation, environment) = (found.operation, found.environment)
    guard context.lane(of: environment) == lane else {
      taken.hasMoved = true
      return
    }
    var job = DeploymentJob(
      operation: operation, deployment: deployment, environment: environment)
    if deployment.state == .queued {
      if try isHeldUp(deployment, changes) { return try putOff(operation) }
      // No other deployment is in progress there, so the active one stays as it is.
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

  /// Whether another deployment of the same track is in progress there. One that is held since a
  /// restore is over then: this one takes its place.
  private mutating func isHeldUp(
    _ deployment: Deployment, _ changes: DeploymentChanges
  ) throws -> Bool {
    let others = try transaction.unfinishedDeployments(
      componentId: deployment.componentId, trackId: deployment.trackId,
      environmentId: deployment.environmentId
    ).filter { $0.state == .inProgress && $0.id != deployment.id }
    for other in others {
      guard try transaction.operation(id: other.id)?.isRestored == true else { return true }
      try changes.end(other, as: .superseded, error: Operation.lostReason, transaction)
      ended.insert(other.id)
    }
    return false
  }

  /// Puts off an operation that waits for another deployment. The end of that deployment makes it
  /// due at once; the new time is for the case that this does not happen.
  private mutating func putOff(_ operation: Operation) throws {
    var waiting = operation
    waiting.dueAt = context.now().after(microseconds: ExecutorOptions.blockedPause)
    try transaction.updateOperation(waiting)
    taken.hasMoved = true
  }
}

extension OperationJob {
  /// The id of the deployment, if the job is one.
  fileprivate var newDeploymentId: String? {
    if case .deployment(let job) = self { job.id } else { nil }
  }
}

extension Operation {
  /// Why an operation is held, for callers.
  static let heldReason =
    "held: the store was restored from a backup, and what stands in its place is not known to be what "
    + "the store believes. Deploy there anew, or see the check 'restore' of trackctl doctor"
  /// Why a deployment that was held is over.
  static let lostReason =
    "the store was restored from a backup: what became of it after that is not known"
}
