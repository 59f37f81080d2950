import TrackDomain

/// Tells release management what became of deployments. What it does not take in the end is dropped.
struct ReportRun {
  let context: ExecutorContext

  func run(_ jobs: [ReportJob]) async {
    let updates = jobs.map(\.update)
    let releases = context.integrations.releases
    let results = await context.stepLimit.run { await releases.updateStatuses(updates) }
    do {
      try await record(jobs, results ?? [])
    } catch {
      context.failed(error) { .storeFailed(operationIds: updates.map(\.deploymentId), error: $0) }
    }
  }

  private func record(
    _ jobs: [ReportJob], _ results: [Result<Void, IntegrationError>]
  ) async throws {
    let failures = Self.failures(jobs, results)
    let (time, holder, attempts) = (context.now(), context.holder, context.options.stepAttempts)
    let events = try await context.persist { transaction in
      _ = try ExecutorContext.lock(jobs.map(\.deployment.componentId), transaction)
      var events: [ExecutorEvent] = []
      for job in jobs {
        let id = job.update.deploymentId
        guard var operation = try transaction.operation(id: id), operation.leaseHolder == holder
        else { continue }
        if let error = failures[id] {
          operation.fail(error.keptMessage, at: time)
          if error.kind == .unavailable, operation.attempts < attempts {
            try transaction.updateOperation(operation)
            events.append(
              .retrying(operationId: id, attempts: operation.attempts, error: error.message))
            continue
          }
          events.append(.reportDropped(deploymentId: id, error: error.message))
        }
        try transaction.deleteOperation(id: id)
        try DeploymentChanges.unblockDeletion(of: job.deployment, at: time, transaction)
      }
      return events
    }
    for event in events { context.report(event) }
  }

  /// What was not taken, by deployment.
  private static func failures(
    _ jobs: [ReportJob], _ results: [Result<Void, IntegrationError>]
  ) -> [String: IntegrationError] {
    var failures: [String: IntegrationError] = [:]
    for (index, job) in jobs.enumerated() {
      let result =
        results.count == jobs.count
        ? results[index]
        : .failure(IntegrationError(.unavailable, "release management did not answer in time"))
      if case .failure(let error) = result { failures[job.update.deploymentId] = error }
    }
    return failures
  }
}

extension Operation {
  /// Notes that a step did not work, and gives the lease back until it is tried again.
  mutating func fail(_ error: String, at time: Timestamp) {
    attempts += 1
    lastError = error
    leaseHolder = nil
    dueAt = Timestamp(
      microseconds: time.microseconds + ExecutorOptions.backoff(afterAttempts: attempts))
  }
}
