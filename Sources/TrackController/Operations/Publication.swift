import TrackDomain

/// The step that brings deployments into their environments.
struct Publication {
  let context: ExecutorContext

  /// Publishes the orders of a batch. All of them have an outcome afterwards.
  func run(_ batch: inout DeploymentBatch) async {
    while !batch.orders.isEmpty {
      let gate = PublicationGate()
      let results = await deploy(batch.orders, gate)
      let (withdrawn, hashes) = await gate.close()
      batch.hashes.merge(hashes) { _, new in new }
      var ended: [String: DeploymentOutcome] = [:]
      for order in batch.orders {
        let id = order.deployment.id
        if withdrawn.contains(id) {
          ended[id] = .withdrawn
          continue
        }
        // What was only held up by the others is published without them.
        let outcome = outcome(of: results?[id])
        if withdrawn.isEmpty || outcome.isCertain { ended[id] = outcome }
      }
      context.observed(.pushed, ended.filter { $0.value.hasSucceeded }.keys.sorted())
      batch.end(ended)
    }
  }

  private func deploy(
    _ orders: [DeploymentOrder], _ gate: PublicationGate
  ) async -> [String: Result<DeploymentReceipt, IntegrationError>]? {
    let deployer = context.integrations.deployer
    let components = orders.map(\.component.id)
    return await context.stepLimit.run {
      await deployer.deploy(orders) { hashes in
        try await willPublish(hashes, components, gate)
      }
    }
  }

  /// Nil for no answer stands for one that did not come in time.
  private func outcome(
    of result: Result<DeploymentReceipt, IntegrationError>?
  ) -> DeploymentOutcome {
    switch result {
    case .success(let receipt): .succeeded(receipt.gitopsHash)
    case .failure(let error): DeploymentOutcome(error)
    case nil: .unavailable("the deployer did not answer in time")
    }
  }

  // MARK: Before anything can be seen outside

  /// Some deployments of a batch have ended meanwhile.
  private struct Withdrawn: Error {
    let ids: Set<String>
  }

  /// Records the commits that are about to be published; throws when that must not happen.
  private func willPublish(
    _ hashes: [String: String], _ componentIds: [String], _ gate: PublicationGate
  ) async throws {
    try await gate.checkOpen()
    let holder = context.holder
    do {
      try await context.store.write { transaction in
        _ = try ExecutorContext.lock(componentIds, transaction)
        try Self.record(hashes, holder, transaction)
      }
    } catch let withdrawn as Withdrawn {
      await gate.withdraw(withdrawn.ids)
      throw withdrawn
    }
    try await gate.recorded(hashes)
    context.observed(.committed, hashes.keys.sorted())
  }

  private static func record(
    _ hashes: [String: String], _ holder: UniqueID, _ transaction: any StoreTransaction
  ) throws {
    var operations: [Operation] = []
    var withdrawn: Set<String> = []
    for (id, hash) in hashes {
      guard var operation = try readable(id, transaction), operation.leaseHolder == holder,
        operation.step < .recorded
      else {
        withdrawn.insert(id)
        continue
      }
      operation.step = .publishing
      operation.gitopsHash = hash
      operations.append(operation)
    }
    if !withdrawn.isEmpty { throw Withdrawn(ids: withdrawn) }
    for operation in operations { try transaction.updateOperation(operation) }
  }

  /// An operation that cannot be read any more does not hold up the others.
  private static func readable(
    _ id: String, _ transaction: any StoreTransaction
  ) throws(StoreError) -> Operation? {
    do {
      return try transaction.operation(id: id)
    } catch let error where error.isOfOneRow {
      return nil
    }
  }
}

extension DeploymentOutcome {
  fileprivate var hasSucceeded: Bool { if case .succeeded = self { true } else { false } }
  fileprivate var isCertain: Bool { if case .unavailable = self { false } else { true } }
}

/// Whether a call of a deployer may still publish, and what it was about to.
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

  /// Throws when nobody waits for the call any more: it must not publish behind the back of the
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
