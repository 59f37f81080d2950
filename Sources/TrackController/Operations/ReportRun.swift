import TrackDomain

/// Tells release management what became of deployments. What it does not take in the end is dropped.
struct ReportRun {
  let context: ExecutorContext

  /// Throws `StoreError` and `CancellationError` when the store could not keep what became of it: the
  /// leases are the caller's to give back then.
  func run(_ jobs: [ReportJob]) async throws -> LaneTable.End {
    let updates = jobs.map(\.update)
    let releases = context.integrations.releases
    let results = await context.stepLimit.run { await releases.updateStatuses(updates) }
    let failures = failures(jobs, results)
    let time = context.now()
    try await record(jobs, failures, at: time)
    let silent = failures.values.filter { $0.isTemporary }
    guard silent.count == jobs.count else { return .answered }
    return .silent(silent.compactMap(\.retryAfter).max(), at: time)
  }

  private func record(
    _ jobs: [ReportJob], _ failures: [String: IntegrationError], at time: Timestamp
  ) async throws {
    let (holder, attempts) = (context.holder, context.options.stepAttempts)
    let (events, refused) = try await context.persistEach(jobs) { (transaction, jobs) in
      _ = try ExecutorContext.lock(jobs.map(\.deployment.componentId), transaction)
      var events: [ExecutorEvent] = []
      for job in jobs {
        let id = job.update.deploymentId
        guard var operation = try transaction.operation(id: id), operation.leaseHolder == holder
        else { continue }
        if let error = failures[id] {
          operation.fail(error.keptMessage, at: time, retryAfter: error.retryAfter)
          if error.isTemporary, error.retryAfter != nil || operation.attempts < attempts {
            try transaction.updateOperation(operation)
            events.append(
              .retrying(operationId: id, attempts: operation.attempts, error: error.message))
            continue
          }
          events.append(.reportDropped(deploymentId: id, error: error.message))
        }
        try transaction.deleteOperation(id: id)
        try DeploymentChanges.hurryDeletion(of: job.deployment, at: time, transaction)
      }
      return events
    }
    for event in events.joined() { context.report(event) }
    for (job, error) in refused {
      context.report(
        .storeFailed(
          operationIds: [job.update.deploymentId], error: ExecutorContext.describe(error)))
    }
    await context.giveBack(refused.map(\.item.update.deploymentId), after: .seconds(30))
  }

  /// What was not taken, by deployment.
  private func failures(
    _ jobs: [ReportJob], _ results: [Result<Void, IntegrationError>]?
  ) -> [String: IntegrationError] {
    var failures: [String: IntegrationError] = [:]
    for (index, job) in jobs.enumerated() {
      let result = context.answer(of: results, at: index, of: jobs.count)
      if case .failure(let error) = result { failures[job.update.deploymentId] = error }
    }
    return failures
  }
}

extension Operation {
  /// Notes that a step did not work, and gives the lease back until it is tried again.
  ///
  /// - Parameter retryAfter: nobody was asked, and it makes no sense before: this was no attempt.
  mutating func fail(_ error: String, at time: Timestamp, retryAfter: Duration? = nil) {
    lastError = error
    leaseHolder = nil
    if let retryAfter {
      let pause = max(ExecutorOptions.backoff(afterAttempts: 1), retryAfter.microsecondsInRange)
      dueAt = time.after(microseconds: min(pause, ExecutorOptions.longestPause))
    } else {
      if attempts < .max { attempts += 1 }
      dueAt = time.after(microseconds: ExecutorOptions.backoff(afterAttempts: attempts))
    }
  }
}
