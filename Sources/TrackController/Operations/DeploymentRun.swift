import TrackDomain

/// Brings a batch of leased deployments of one lane into their environments, step by step. Another
/// process can repeat each step.
struct DeploymentRun {
  let context: ExecutorContext
  /// The right to publish.
  let lane: LaneTaking

  /// Throws `CancellationError`, and `StoreError` when the store cannot read the deployments or
  /// write their outcomes: then the caller releases the operations.
  func run(_ jobs: [DeploymentJob]) async throws -> LaneTable.End {
    var batch = DeploymentBatch(jobs)
    try await load(&batch)
    await findPlaces(&batch)
    await askForReceipts(&batch)
    try await createReleases(&batch)
    await Publication(context: context, lane: lane).run(&batch)
    await settle(&batch)
    let time = context.now()
    try await record(batch, at: time)
    return batch.end(at: time)
  }

  private func load(_ batch: inout DeploymentBatch) async throws {
    let jobs = batch.jobs
    let (orders, missing) = try await context.store.read { try OrderLoader.load(jobs, $0) }
    batch.begin(orders)
    batch.end(missing)
  }

  /// Finds the places of the orders. Asks once for each environment: one that names no branch gets
  /// the branch of the repository's HEAD.
  private func findPlaces(_ batch: inout DeploymentBatch) async {
    let deployer = context.integrations.deployer
    var places: [Environment: DeploymentPlace] = [:]
    var failures: [Environment: DeploymentOutcome] = [:]
    for environment in Set(batch.orders.map(\.environment)) {
      let answer = await context.stepLimit.run {
        () async -> Result<DeploymentPlace?, IntegrationError> in
        do throws(IntegrationError) {
          return .success(try await deployer.place(of: environment))
        } catch {
          return .failure(error)
        }
      }
      switch context.stepLimit.answer(answer, late: "the deployer did not say where it goes") {
      case .success(let place): places[environment] = place
      case .failure(let error): failures[environment] = DeploymentOutcome(error)
      }
    }
    var ended: [String: DeploymentOutcome] = [:]
    for order in batch.orders { ended[order.deployment.id] = failures[order.environment] }
    batch.end(ended)
    batch.settle(places)
  }

  // MARK: After a crash

  /// Takes deployments that an earlier process has published off their way.
  private func askForReceipts(_ batch: inout DeploymentBatch) async {
    let doubtful = batch.orders.filter { batch.hashes[$0.deployment.id] != nil }
    let answers = await receipts(of: doubtful, batch.hashes)
    for (id, outcome) in answers {
      if case .succeeded = outcome { context.observed(.pushed, [id]) }
    }
    batch.end(answers.compactMapValues { $0 })
  }

  /// Settles deployments that are about to fail, and whose commit may be on its way: a push of this
  /// or another server may still arrive. Those that were published have succeeded; those of which
  /// nobody can tell are tried again.
  private func settle(_ batch: inout DeploymentBatch) async {
    let attempts = context.options.stepAttempts
    var orders: [DeploymentOrder] = []
    for job in batch.jobs {
      guard let outcome = batch.outcomes[job.id], let hash = batch.hashes[job.id],
        outcome.isEnd(after: job.operation.attempts + 1, of: attempts),
        // What this run was refused is not on its way, if nothing was begun before.
        job.operation.step >= .publishing || batch.doubted.contains(job.id)
      else { continue }
      guard var order = batch.loaded[job.id] else {
        batch.outcomes[job.id] = outcome.doubted
        continue
      }
      order.deployment.gitopsHash = hash
      orders.append(order)
    }
    if orders.isEmpty { return }
    let epoch = lane.epoch ?? batch.jobs.map(\.operation.epoch).max() ?? 0
    let deployer = context.integrations.deployer
    let answers = await context.stepLimit.run { [orders] in
      await deployer.settle(orders, epoch: epoch)
    }
    let late = "the deployer did not say whether it was published"
    for id in orders.map(\.deployment.id) {
      switch context.stepLimit.answer(answers?[id], late: late) {
      case .success(let receipt?): batch.outcomes[id] = .succeeded(receipt.gitopsHash)
      case .success(nil): break
      case .failure(let error) where error.isTemporary:
        batch.outcomes[id] = .unsettled(error.keptMessage)
      case .failure: batch.outcomes[id] = batch.outcomes[id]?.doubted
      }
    }
  }

  /// The value is nil for deployments that were not published.
  private func receipts(
    of orders: [DeploymentOrder], _ hashes: [String: String]
  ) async -> [String: DeploymentOutcome?] {
    var outcomes: [String: DeploymentOutcome?] = [:]
    var rest = orders[...]
    while !rest.isEmpty {
      let some = rest.prefix(ExecutorOptions.receiptsAtOnce)
      rest = rest.dropFirst(ExecutorOptions.receiptsAtOnce)
      await withTaskGroup(of: (String, DeploymentOutcome?).self) { group in
        for order in some {
          let hash = hashes[order.deployment.id] ?? ""
          group.addTask { (order.deployment.id, await receipt(of: order, hash)) }
        }
        for await (id, outcome) in group { outcomes.updateValue(outcome, forKey: id) }
      }
    }
    return outcomes
  }

  private func receipt(of order: DeploymentOrder, _ hash: String) async -> DeploymentOutcome? {
    let deployer = context.integrations.deployer
    let answer = await context.stepLimit.run {
      () async -> Result<DeploymentReceipt?, IntegrationError> in
      do throws(IntegrationError) {
        return .success(try await deployer.receipt(of: order, gitopsHash: hash))
      } catch {
        return .failure(error)
      }
    }
    let late = "the deployer did not say whether it was published"
    switch context.stepLimit.answer(answer, late: late) {
    case .success(let receipt): return receipt.map { .succeeded($0.gitopsHash) }
    // Whatever the reason, the deployment may have been published.
    case .failure(let error): return .unavailable(error.keptMessage)
    }
  }

  // MARK: Release management

  private func createReleases(_ batch: inout DeploymentBatch) async throws {
    let orders = batch.orders.filter {
      $0.component.type != .apiProxy && $0.deployment.releaseDeploymentId.isEmpty
    }
    if orders.isEmpty { return }
    let releases = context.integrations.releases
    let requests = orders.map(ReleaseOrder.init)
    let results = await context.stepLimit.run { await releases.createReleases(requests) }
    var created: [String: ReleaseIds] = [:]
    var ended: [String: DeploymentOutcome] = [:]
    for (index, order) in orders.enumerated() {
      switch context.answer(of: results, at: index, of: orders.count) {
      case .success(let ids): created[order.deployment.id] = ids
      case .failure(let error): ended[order.deployment.id] = DeploymentOutcome(error)
      }
    }
    batch.end(ended)
    let withdrawn = try await recordReleases(created, batch)
    batch.end(withdrawn)
    for index in batch.orders.indices {
      guard let ids = created[batch.orders[index].deployment.id] else { continue }
      batch.orders[index].deployment.releaseId = ids.releaseId
      batch.orders[index].deployment.releaseDeploymentId = ids.releaseDeploymentId
    }
  }

  /// - Returns: the deployments that do not go on: they have ended meanwhile, their lease is over,
  ///   or the store refuses their ids. An ended deployment keeps its ids, so that release
  ///   management gets its report.
  private func recordReleases(
    _ created: [String: ReleaseIds], _ batch: DeploymentBatch
  ) async throws -> [String: DeploymentOutcome] {
    let jobs = batch.jobs.filter { created[$0.id] != nil }
    let time = context.now()
    let written = try await context.fencedEach(jobs) { (transaction, works) in
      for work in works.map(\.work) {
        transaction.foresee(deployment: work.id, of: work.operation.componentId)
      }
      return try works.filter { fenced in
        guard let ids = created[fenced.work.id] else { return true }
        let changes = DeploymentChanges(
          component: fenced.component, now: time, actor: fenced.operation.actor)
        return try Self.record(ids, fenced.work, changes, transaction)
      }.map(\.work.id)
    }
    var outcomes: [String: DeploymentOutcome] = [:]
    for id in written.values.joined() { outcomes[id] = .withdrawn }
    for id in written.lost { outcomes[id] = .leaseLost }
    for (job, error) in written.refused {
      context.report(
        .storeFailed(operationIds: [job.id], error: ExecutorContext.describe(error)))
      outcomes[job.id] = .unavailable("its release could not be recorded")
    }
    return outcomes
  }

  /// - Returns: whether the deployment has ended, or is gone.
  private static func record(
    _ ids: ReleaseIds, _ job: DeploymentJob, _ changes: DeploymentChanges,
    _ transaction: any StoreTransaction
  ) throws(StoreError) -> Bool {
    guard
      var deployment = try transaction.deployment(
        componentId: job.deployment.componentId, id: job.id)
    else { return true }
    deployment.releaseId = ids.releaseId
    deployment.releaseDeploymentId = ids.releaseDeploymentId
    try transaction.updateDeployment(deployment)
    try transaction.appendChange(changes.change(.updated, deployment))
    return deployment.state.isFinal
  }

  // MARK: The outcome

  /// Records the outcomes, and releases the operations whose outcome the store refuses.
  private func record(_ batch: DeploymentBatch, at time: Timestamp) async throws {
    let refused = try await OutcomeRecord(context: context, batch: batch, time: time).write()
    for (job, error) in refused {
      context.report(
        .storeFailed(operationIds: [job.id], error: ExecutorContext.describe(error)))
    }
    await context.release(refused.map(\.item.operation), after: .seconds(30))
  }
}

extension ReleaseOrder {
  init(_ order: DeploymentOrder) {
    self.init(
      deploymentId: order.deployment.id, organizationId: order.organizationId,
      projectId: order.component.projectId, componentId: order.component.id,
      trackId: order.track.id, environmentId: order.environment.id, image: order.image)
  }
}
