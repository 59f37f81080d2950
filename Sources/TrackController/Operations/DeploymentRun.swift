import TrackDomain

/// Brings a batch of leased deployments of one lane into their environments, step by step. Each step
/// can be repeated by another process.
struct DeploymentRun {
  let context: ExecutorContext

  /// - Returns: what release management is to be told.
  func run(_ jobs: [DeploymentJob]) async -> [ReportJob] {
    var batch = DeploymentBatch(jobs)
    do {
      try await load(&batch)
      await askForReceipts(&batch)
      try await createReleases(&batch)
      await Publication(context: context).run(&batch)
      await askOnceMore(&batch)
      return try await record(batch)
    } catch {
      context.failed(error) { .storeFailed(operationIds: jobs.map(\.id), error: $0) }
      if !(error is CancellationError) { await giveBack(jobs) }
      return []
    }
  }

  /// Gives up the leases of what the store could not tell or keep, for another try: the operations
  /// are as far as they are recorded to be.
  private func giveBack(_ jobs: [DeploymentJob]) async {
    let ids = jobs.map(\.id)
    let (holder, dueAt) = (
      context.holder, Timestamp(microseconds: context.now().microseconds + 1_000_000)
    )
    try? await context.persist { transaction in
      for id in ids {
        guard var operation = try transaction.operation(id: id), operation.leaseHolder == holder
        else { continue }
        operation.leaseHolder = nil
        operation.dueAt = dueAt
        try transaction.updateOperation(operation)
      }
    }
  }

  private func load(_ batch: inout DeploymentBatch) async throws {
    let jobs = batch.jobs
    let (orders, missing) = try await context.store.read { try OrderLoader.load(jobs, $0) }
    batch.begin(orders)
    batch.end(missing)
  }

  // MARK: After a crash

  /// What a process before this one may have published is not published again.
  private func askForReceipts(_ batch: inout DeploymentBatch) async {
    let doubtful = batch.orders.filter { batch.hashes[$0.deployment.id] != nil }
    let answers = await receipts(of: doubtful, batch.hashes)
    for (id, outcome) in answers {
      if case .succeeded = outcome { context.observed(.pushed, [id]) }
    }
    batch.end(answers.compactMapValues { $0 })
  }

  /// Before a deployment fails because nobody knows what became of it, it is looked for once more.
  private func askOnceMore(_ batch: inout DeploymentBatch) async {
    let orders = batch.jobs.compactMap { job -> DeploymentOrder? in
      guard case .unavailable = batch.outcomes[job.id], batch.hashes[job.id] != nil,
        job.operation.attempts + 1 >= context.options.stepAttempts
      else { return nil }
      return batch.loaded[job.id]
    }
    for (id, outcome) in await receipts(of: orders, batch.hashes) {
      if case .succeeded = outcome { batch.outcomes[id] = outcome }
    }
  }

  /// Nil for what was not published.
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
    switch answer {
    case .success(let receipt): return receipt.map { .succeeded($0.gitopsHash) }
    // Whatever the reason: it may be there.
    case .failure(let error): return .unavailable(error.keptMessage)
    case nil: return .unavailable("the deployer did not say in time whether it was published")
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
      switch results?.count == orders.count ? results?[index] : nil {
      case .success(let ids): created[order.deployment.id] = ids
      case .failure(let error): ended[order.deployment.id] = DeploymentOutcome(error)
      case nil:
        ended[order.deployment.id] = .unavailable("release management did not answer in time")
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

  /// - Returns: those that have ended meanwhile; they have their ids all the same, under which release
  ///   management is told.
  private func recordReleases(
    _ created: [String: ReleaseIds], _ batch: DeploymentBatch
  ) async throws -> [String: DeploymentOutcome] {
    if created.isEmpty { return [:] }
    let jobs = batch.jobs.filter { created[$0.id] != nil }
    let time = context.now()
    return try await context.persist { transaction in
      let components = try ExecutorContext.lock(
        jobs.map(\.deployment.componentId), transaction)
      var withdrawn: [String: DeploymentOutcome] = [:]
      for job in jobs {
        guard let component = components[job.deployment.componentId], let ids = created[job.id],
          var deployment = try transaction.deployment(
            componentId: job.deployment.componentId, id: job.id)
        else {
          withdrawn[job.id] = .withdrawn
          continue
        }
        if deployment.state.isFinal { withdrawn[job.id] = .withdrawn }
        deployment.releaseId = ids.releaseId
        deployment.releaseDeploymentId = ids.releaseDeploymentId
        try transaction.updateDeployment(deployment)
        let changes = DeploymentChanges(
          component: component, now: time, actor: job.operation.actor)
        try transaction.appendChange(changes.change(.updated, deployment))
      }
      return withdrawn
    }
  }

  // MARK: The outcome

  /// Records what became of the batch; what the store does not take as a whole, one by one.
  private func record(_ batch: DeploymentBatch) async throws -> [ReportJob] {
    let outcomes = OutcomeRecord(context: context, batch: batch)
    do {
      return try await outcomes.write(batch.jobs)
    } catch let error as StoreError where error.kind == .failed && batch.jobs.count > 1 {
      var reports: [ReportJob] = []
      for job in batch.jobs {
        do {
          reports += try await outcomes.write([job])
        } catch let error as StoreError {
          context.failed(error) { .storeFailed(operationIds: [job.id], error: $0) }
        }
      }
      return reports
    }
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
