import TrackDomain

/// Reports ended deployments to release management. Drops a report that it refuses, or whose
/// attempts are over.
struct ReportRun {
  let context: ExecutorContext

  /// Throws `CancellationError`, and `StoreError` when the store cannot write the result: then the
  /// caller releases the operations.
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
    let attempts = context.options.stepAttempts
    let written = try await context.fencedEach(jobs) { (transaction, works) in
      var events: [ExecutorEvent] = []
      for deployment in works.map(\.work.deployment) {
        transaction.foresee { () throws(StoreError) in
          _ = try transaction.deletion(
            componentId: deployment.componentId, trackId: deployment.trackId)
        }
      }
      for fenced in works {
        var operation = fenced.operation
        let id = operation.id
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
        try transaction.deleteOperation(operation)
        try DeploymentChanges.hurryDeletion(of: fenced.work.deployment, at: time, transaction)
      }
      return events
    }
    for event in written.values.joined() { context.report(event) }
    for (job, error) in written.refused {
      context.report(
        .storeFailed(operationIds: [job.operation.id], error: ExecutorContext.describe(error)))
    }
    await context.release(written.refused.map(\.item.operation), after: .seconds(30))
  }

  /// The failed reports, by deployment.
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
  /// Notes that a step failed, and ends the lease until the next attempt.
  ///
  /// - Parameter retryAfter: the pause of a system that was left alone and not asked: this counts
  ///   as no attempt.
  mutating func fail(_ error: String, at time: Timestamp, retryAfter: Duration? = nil) {
    lastError = error
    lease = nil
    if let retryAfter {
      let pause = max(ExecutorOptions.backoff(afterAttempts: 1), retryAfter.microsecondsInRange)
      dueAt = time.after(microseconds: min(pause, ExecutorOptions.longestPause))
    } else {
      if attempts < .max { attempts += 1 }
      dueAt = time.after(microseconds: ExecutorOptions.backoff(afterAttempts: attempts))
    }
  }
}
