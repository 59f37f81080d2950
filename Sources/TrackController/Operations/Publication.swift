import TrackDomain

/// The step that publishes deployments.
struct Publication {
  let context: ExecutorContext
  /// The right to publish.
  let lane: LaneTaking

  /// Publishes the orders of a batch. Afterwards each has an outcome.
  func run(_ batch: inout DeploymentBatch) async {
    while !batch.orders.isEmpty {
      let gate = PublicationGate()
      let results = await deploy(batch, gate)
      let (withdrawn, hashes) = await gate.close()
      batch.hashes.merge(hashes) { _, new in new }
      var ended: [String: DeploymentOutcome] = [:]
      for order in batch.orders {
        let id = order.deployment.id
        if withdrawn.contains(id) {
          ended[id] = .withdrawn
          continue
        }
        // A deployment that failed only because others were withdrawn is published without them.
        let outcome = outcome(of: id, in: results)
        if !outcome.isCertain, hashes[id] != nil { batch.doubted.insert(id) }
        if withdrawn.isEmpty || outcome.isCertain { ended[id] = outcome }
      }
      context.observed(.pushed, ended.filter { $0.value.hasSucceeded }.keys.sorted())
      batch.end(ended)
    }
  }

  private func deploy(
    _ batch: DeploymentBatch, _ gate: PublicationGate
  ) async -> [String: Result<DeploymentReceipt, IntegrationError>]? {
    let deployer = context.integrations.deployer
    let beginning = Beginning(batch, lane)
    return await context.stepLimit.run {
      await deployer.deploy(batch.orders) { hashes in
        try await willPublish(hashes, beginning, gate)
      }
    }
  }

  /// - Parameter results: nil when the deployer did not answer in time.
  private func outcome(
    of id: String, in results: [String: Result<DeploymentReceipt, IntegrationError>]?
  ) -> DeploymentOutcome {
    let late = "the deployer did not answer"
    if let results, results[id] == nil { return .unavailable("\(late) for this deployment") }
    switch context.stepLimit.answer(results?[id], late: late) {
    case .success(let receipt): return .succeeded(receipt.gitopsHash)
    case .failure(let error): return DeploymentOutcome(error)
    }
  }

  // MARK: Before any program outside sees a commit

  /// Some deployments of the batch were withdrawn.
  private struct Withdrawn: Error {}

  /// Records the commits that are about to be published, and their places; throws when they must
  /// not be.
  private func willPublish(
    _ hashes: [String: String], _ beginning: Beginning, _ gate: PublicationGate
  ) async throws {
    try await gate.checkOpen()
    let time = context.now()
    let scope = WriteScope.components(beginning.componentIds).andCatalog
    let beginning = try await context.store.write(scope) { transaction in
      var beginning = beginning
      try beginning.record(hashes, at: time, transaction)
      return beginning
    }
    for event in beginning.events { context.report(event) }
    if !beginning.withdrawn.isEmpty {
      await gate.withdraw(beginning.withdrawn)
      throw Withdrawn()
    }
    try await gate.recorded(hashes)
    context.observed(.committed, hashes.keys.sorted())
  }
}

/// The transaction that begins the publication of a batch, unless one of its deployments must not
/// go on.
private struct Beginning: Sendable {
  /// The operations as they were claimed, by id.
  private let claimed: [String: Operation]
  /// The places of the deployments, by id.
  private let places: [String: DeploymentPlace]
  private let lane: LaneTaking
  /// The deployments that do not go on: their lease or the lane's is over, they had ended, or this transaction
  /// ended them (then `events` has the reason).
  private(set) var withdrawn: Set<String> = []
  private(set) var events: [ExecutorEvent] = []

  init(_ batch: DeploymentBatch, _ lane: LaneTaking) {
    self.lane = lane
    let operations = batch.jobs.map { ($0.id, $0.operation) }
    claimed = Dictionary(operations) { first, _ in first }
    places = batch.places
  }

  var componentIds: [String] { claimed.values.map(\.componentId) }

  mutating func record(
    _ hashes: [String: String], at time: Timestamp, _ transaction: any StoreTransaction
  ) throws {
    foresee(hashes.keys, transaction)
    guard try lane.holds(transaction) else {
      withdrawn = Set(hashes.keys)
      return
    }
    let components = try ExecutorContext.components(
      hashes.keys.compactMap { claimed[$0]?.componentId }, transaction)
    var operations: [Operation] = []
    for (id, hash) in hashes {
      guard var operation = try held(id, transaction),
        let component = components[operation.componentId],
        try goesOn(
          operation,
          DeploymentChanges(component: component, now: time, actor: operation.actor), transaction)
      else {
        withdrawn.insert(id)
        continue
      }
      operation.step = .publishing
      operation.gitopsHash = hash
      operations.append(operation)
    }
    guard withdrawn.isEmpty else { return }
    for operation in operations {
      try transaction.updateOperation(operation)
      try PlaceRecord(operation: operation, now: time, transaction: transaction)
        .move(to: places[operation.id])
    }
  }

  /// Asks for what is looked at of each deployment. At most one is in progress in each place: what
  /// is recorded of one does not matter to the others.
  private func foresee(_ ids: some Sequence<String>, _ transaction: any StoreTransaction) {
    for operation in ids.compactMap({ claimed[$0] }) {
      let (component, track) = (operation.componentId, operation.trackId)
      transaction.foresee { () throws(StoreError) in
        _ = try transaction.operation(id: operation.id)
      }
      transaction.foresee(deployment: operation.id, of: component)
      // For the conditions, and for the place.
      for environment in [
        operation.environmentId, operation.environmentId, operation.conditions.promotedFrom,
      ] where !environment.isEmpty {
        transaction.foresee { () throws(StoreError) in
          _ = try transaction.binding(
            componentId: component, trackId: track, environmentId: environment)
        }
      }
    }
  }

  /// The operation of a deployment if its lease still holds.
  private func held(
    _ id: String, _ transaction: any StoreTransaction
  ) throws(StoreError) -> Operation? {
    guard let claimed = claimed[id] else { return nil }
    let claim = try Self.readable { () throws(StoreError) in
      try ExecutorContext.Claim(claimed, transaction)
    }
    guard case .held(let operation) = claim else { return nil }
    return operation
  }

  /// Whether a deployment may be published. Once its publication has begun it always may: it could
  /// be public already.
  private mutating func goesOn(
    _ operation: Operation, _ changes: DeploymentChanges, _ transaction: any StoreTransaction
  ) throws -> Bool {
    guard operation.step < .recorded else { return false }
    if operation.step == .publishing { return true }
    let read = try Self.readable { () throws(StoreError) in
      try transaction.deployment(componentId: operation.componentId, id: operation.id)
    }
    guard let before = read else { return false }
    var deployment = before
    if let reason = try changes.recheck(&deployment, operation.conditions, transaction) {
      events.append(.cancelled(deploymentId: deployment.id, reason: reason))
      return false
    }
    if deployment != before {
      try transaction.updateDeployment(deployment)
      try transaction.appendChange(changes.change(.updated, deployment))
    }
    return true
  }

  /// A row that cannot be read counts as missing, so that it does not hold up the others.
  private static func readable<Value>(
    _ body: () throws(StoreError) -> Value?
  ) throws(StoreError) -> Value? {
    do {
      return try body()
    } catch let error where error.isOfOneRow {
      return nil
    }
  }
}

extension DeploymentOutcome {
  fileprivate var hasSucceeded: Bool { if case .succeeded = self { true } else { false } }
}

/// Decides whether a call of a deployer may still publish; collects the commits that it was about
/// to publish.
private actor PublicationGate {
  private struct Closed: Error {}

  private var isOpen = true
  private var withdrawn: Set<String> = []
  private var hashes: [String: String] = [:]

  func checkOpen() throws {
    if !isOpen { throw Closed() }
  }

  func withdraw(_ ids: Set<String>) {
    withdrawn.formUnion(ids)
  }

  /// Throws when the executor no longer waits for the call: the call must not publish beside the
  /// next one.
  func recorded(_ new: [String: String]) throws {
    hashes.merge(new) { _, new in new }
    try checkOpen()
  }

  func close() -> (withdrawn: Set<String>, hashes: [String: String]) {
    isOpen = false
    return (withdrawn, hashes)
  }
}
