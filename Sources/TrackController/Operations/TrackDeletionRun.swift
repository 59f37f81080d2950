import TrackDomain

/// Deletes a track: what it has outside of trackd first, its rows then. Each step can be repeated by
/// another process.
struct TrackDeletionRun {
  let context: ExecutorContext

  /// Throws `StoreError` and `CancellationError` when the store could not tell what is to be deleted, or
  /// keep how far it is: the lease is the caller's to give back then.
  func run(_ operation: Operation) async throws {
    switch try await clean(operation) {
    case .cleaned:
      try await purge(operation)
      await context.signals.ended(operation.id)
    case .later: return
    case .over: await context.signals.ended(operation.id)
    }
  }

  private enum Progress {
    /// Nothing is left outside.
    case cleaned
    /// The lease is given back.
    case later
    /// The operation is gone; the track is there still, if it was given up.
    case over
  }

  // MARK: Outside of trackd

  private func clean(_ operation: Operation) async throws -> Progress {
    if operation.step >= .purging { return .cleaned }
    guard let resources = try await resources(of: operation) else {
      try await context.persist { (transaction) in
        try transaction.deleteOperation(id: operation.id)
      }
      return .over
    }
    guard try await isFree(operation) else { return .later }
    for step in ComponentResourceStep.allCases where step.rawValue >= operation.cleanupStep {
      if let error = await delete(step, of: resources) {
        return try await failed(operation, error)
      }
      try await update(operation) {
        $0.step = .cleaning
        $0.cleanupStep = step.rawValue + 1
        $0.attempts = 0
        $0.lastError = ""
      }
    }
    let withdrawal = PlaceWithdrawal(context: context, resources: resources)
    if let error = try await withdrawal.run(operation) {
      return try await failed(operation, error)
    }
    return .cleaned
  }

  /// What the track has outside; nil when it is gone.
  private func resources(of operation: Operation) async throws -> TrackResources? {
    let (componentId, trackId) = (operation.componentId, operation.trackId)
    return try await context.store.read { reader in
      guard let component = try reader.component(componentId),
        let track = try reader.track(componentId: componentId, id: trackId)
      else { return nil }
      let bindings = try reader.bindings(componentId: componentId, trackId: trackId)
      let environments = try bindings.compactMap { binding in
        try reader.catalogResource(.environment, id: binding.environmentId)
          .flatMap(Environment.init)
      }
      return TrackResources(
        operationId: operation.id, organizationId: component.organizationId,
        component: component.component, track: track, environments: environments)
    }
  }

  /// Whether nothing is under way for the track; if something is, the deletion looks again later.
  /// Whoever ends what it waits for hurries it.
  private func isFree(_ operation: Operation) async throws -> Bool {
    let (componentId, trackId) = (operation.componentId, operation.trackId)
    let time = context.now()
    return try await context.persist { transaction in
      guard let component = try transaction.lockComponent(componentId) else { return true }
      let changes = DeploymentChanges(component: component, now: time, actor: operation.actor)
      try changes.endAbandoned(componentId: componentId, trackId: trackId, transaction)
      guard
        try Self.isHeldUp(operation, transaction)
      else { return true }
      try DeploymentChanges.hurryCleanings(
        componentId: componentId, trackId: trackId, at: time, transaction)
      guard var waiting = try transaction.operation(id: operation.id) else { return false }
      waiting.leaseHolder = nil
      waiting.dueAt = time.after(microseconds: ExecutorOptions.blockedPause)
      try transaction.updateOperation(waiting)
      return false
    }
  }

  /// A forced deletion does not wait for what is left in other places: it sees to that itself.
  private static func isHeldUp(
    _ operation: Operation, _ reader: any StoreReader
  ) throws(StoreError) -> Bool {
    let (componentId, trackId) = (operation.componentId, operation.trackId)
    if try reader.operation(id: operation.id)?.isForced == true {
      return try reader.hasOperations(
        of: .deployment, componentId: componentId, trackId: trackId)
    }
    return try reader.hasOperations(
      componentId: componentId, trackId: trackId, besides: operation.id)
  }

  /// - Returns: why it did not work; nil when it did.
  private func delete(
    _ step: ComponentResourceStep, of resources: TrackResources
  ) async -> IntegrationError? {
    let deleter = context.integrations.deleter
    let answer = await context.stepLimit.run { () async -> Result<Void, IntegrationError> in
      do throws(IntegrationError) {
        return .success(try await deleter.delete(step, of: resources))
      } catch {
        return .failure(error)
      }
    }
    switch context.stepLimit.answer(answer, late: "resources were not removed") {
    case .success: return nil
    // What is gone already is what is wanted.
    case .failure(let error): return error.kind == .notFound ? nil : error
    }
  }

  private func failed(
    _ operation: Operation, _ error: IntegrationError
  ) async throws -> Progress {
    let (time, attempts) = (context.now(), context.options.stepAttempts)
    await context.signals.willEnd(operation.id, because: error)
    let kept: Operation?
    do {
      kept = try await context.persist { transaction in
        guard var failed = try transaction.operation(id: operation.id) else { return nil }
        failed.fail(error.keptMessage, at: time, retryAfter: error.retryAfter)
        guard error.isTemporary, error.retryAfter != nil || failed.attempts < attempts
        else {
          try transaction.deleteOperation(id: operation.id)
          return nil
        }
        try transaction.updateOperation(failed)
        return failed
      }
    } catch {
      await context.signals.goesOn(operation.id)
      throw error
    }
    if let kept {
      await context.signals.goesOn(kept.id)
      context.report(
        .retrying(operationId: kept.id, attempts: kept.attempts, error: error.message))
      return .later
    }
    context.report(
      .deletionGivenUp(
        componentId: operation.componentId, trackId: operation.trackId, error: error.message))
    return .over
  }

  private func update(
    _ operation: Operation, _ change: @escaping @Sendable (inout Operation) -> Void
  ) async throws {
    try await context.persist { transaction in
      guard var current = try transaction.operation(id: operation.id) else { return }
      change(&current)
      try transaction.updateOperation(current)
    }
  }

  // MARK: Rows

  private func purge(_ operation: Operation) async throws {
    let (componentId, trackId) = (operation.componentId, operation.trackId)
    let abandoned = try await context.persist { transaction in
      guard var current = try transaction.operation(id: operation.id) else { return "" }
      current.step = .purging
      try transaction.updateOperation(current)
      return current.abandoned
    }
    while try await context.persist({ transaction in
      let limit = ExecutorOptions.purgedRows
      let bindings = try transaction.bindings(componentId: componentId, trackId: trackId).count
      let rows = try transaction.historyRows(
        componentId: componentId, trackId: trackId, upTo: limit + 1)
      try transaction.purgeTrack(componentId: componentId, trackId: trackId, limit: limit)
      return bindings + rows > limit
    }) {}
    await context.signals.willEnd(operation.id, abandoning: abandoned)
    let time = context.now()
    try await context.persist { transaction in
      guard let component = try transaction.lockComponent(componentId) else { return }
      try transaction.deleteOperation(id: operation.id)
      guard let track = try transaction.track(componentId: componentId, id: trackId) else {
        return
      }
      try transaction.deleteTrack(componentId: componentId, id: trackId)
      try transaction.appendChange(
        TrackChanges(component: component, now: time, actor: operation.actor).change(
          .deleted, track, snapshot: Snapshot.encode(track)))
    }
  }
}
