import TrackDomain

/// Deletes a track: first its resources outside of trackd, then its rows. Another process can
/// repeat each step.
struct TrackDeletionRun {
  let context: ExecutorContext

  /// Throws `LeaseLost`, `CancellationError`, and `StoreError` when the store cannot read or write:
  /// then the caller releases the operation.
  func run(_ operation: Operation) async throws {
    if try await clean(operation) { try await purge(operation) }
  }

  // MARK: Outside of trackd

  /// - Returns: whether nothing is left outside. If something is, the operation was released, or is
  ///   over.
  private func clean(_ operation: Operation) async throws -> Bool {
    if operation.step >= .purging { return true }
    // The track does not exist any more, nor does its operation.
    guard let resources = try await resources(of: operation) else { return false }
    if try await waits(operation) { return false }
    for step in ComponentResourceStep.allCases where step.rawValue >= operation.cleanupStep {
      if let error = await delete(step, of: resources) {
        try await failed(operation, error, resources)
        return false
      }
      try await update(operation) {
        $0.step = .cleaning
        $0.cleanupStep = step.rawValue + 1
        $0.attempts = 0
        $0.lastError = ""
      }
    }
    switch try await PlaceWithdrawal(context: context, resources: resources).run(operation) {
    case .done: return true
    case .elsewhere: return false
    case .failed(let error):
      try await failed(operation, error, resources)
      return false
    }
  }

  /// The track's resources outside of trackd; nil when the track does not exist any more.
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

  /// Whether other operations of the track are under way. If so, the deletion is released and due
  /// again later; their end makes it due at once.
  private func waits(_ operation: Operation) async throws -> Bool {
    let (componentId, trackId) = (operation.componentId, operation.trackId)
    let time = context.now()
    return try await context.fenced(operation) { (transaction, fenced) in
      let changes = DeploymentChanges(
        component: fenced.component, now: time, actor: operation.actor)
      try changes.endAbandoned(componentId: componentId, trackId: trackId, transaction)
      try changes.endHeld(componentId: componentId, trackId: trackId, transaction)
      guard try Self.isHeldUp(fenced.operation, transaction) else { return false }
      try DeploymentChanges.hurryCleanings(
        componentId: componentId, trackId: trackId, at: time, transaction)
      var waiting = fenced.operation
      waiting.lease = nil
      waiting.dueAt = time.after(microseconds: ExecutorOptions.blockedPause)
      try transaction.updateOperation(waiting)
      return true
    }
  }

  /// A forced deletion does not wait for cleanings: it removes those places itself.
  private static func isHeldUp(
    _ operation: Operation, _ reader: any StoreReader
  ) throws(StoreError) -> Bool {
    let (componentId, trackId) = (operation.componentId, operation.trackId)
    if operation.isForced {
      return try reader.hasOperations(
        of: .deployment, componentId: componentId, trackId: trackId)
    }
    return try reader.hasOperations(
      componentId: componentId, trackId: trackId, besides: operation.id)
  }

  /// - Returns: the error; nil for success.
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
    // A resource that is already gone counts as deleted.
    case .failure(let error): return error.kind == .notFound ? nil : error
    }
  }

  /// Releases the operation for another attempt, or gives the deletion up: then the track stays.
  private func failed(
    _ operation: Operation, _ reason: IntegrationError, _ resources: TrackResources
  ) async throws {
    var error = reason
    var mayEnd = true
    let (time, attempts) = (context.now(), context.options.stepAttempts)
    let before = try await context.store.read { try $0.operation(id: operation.id) }
    if let before, Self.isEnd(error, after: before.attempts + 1, of: attempts),
      let doubt = try await PlaceWithdrawal(context: context, resources: resources).settle(before)
    {
      (error, mayEnd) = (doubt, false)
    }
    let event: ExecutorEvent = try await context.fenced(operation) {
      [error, mayEnd] (transaction, fenced) in
      var failed = fenced.operation
      failed.fail(error.keptMessage, at: time, retryAfter: error.retryAfter)
      if !mayEnd || !Self.isEnd(error, after: failed.attempts, of: attempts) {
        try transaction.updateOperation(failed)
        return .retrying(operationId: failed.id, attempts: failed.attempts, error: error.message)
      }
      try transaction.deleteOperation(failed)
      try transaction.recordEnd(
        OperationEnd(
          operationId: failed.id,
          failure: OperationEnd.Failure(
            message: error.keptMessage, isTemporary: error.isTemporary)))
      return .deletionGivenUp(
        componentId: failed.componentId, trackId: failed.trackId, error: error.message)
    }
    context.report(event)
  }

  /// Whether a deletion is given up for such an error.
  private static func isEnd(
    _ error: IntegrationError, after attempts: Int32, of maximum: Int32
  ) -> Bool {
    !error.isTemporary || (error.retryAfter == nil && attempts >= maximum)
  }

  private func update(
    _ operation: Operation, _ change: @escaping @Sendable (inout Operation) -> Void
  ) async throws {
    try await context.fenced(operation) { (transaction, fenced) in
      var current = fenced.operation
      change(&current)
      try transaction.updateOperation(current)
    }
  }

  // MARK: Rows

  private func purge(_ operation: Operation) async throws {
    let (componentId, trackId) = (operation.componentId, operation.trackId)
    try await update(operation) { $0.step = .purging }
    while try await context.fenced(
      operation,
      { (transaction, _) in
        let limit = ExecutorOptions.purgedRows
        let bindings = try transaction.bindings(componentId: componentId, trackId: trackId).count
        let rows = try transaction.historyRows(
          componentId: componentId, trackId: trackId, upTo: limit + 1)
        try transaction.purgeTrack(componentId: componentId, trackId: trackId, limit: limit)
        return bindings + rows > limit
      })
    {}
    let time = context.now()
    try await context.fenced(operation) { (transaction, fenced) in
      try Self.end(
        fenced.operation,
        TrackChanges(component: fenced.component, now: time, actor: operation.actor), transaction)
    }
  }

  /// Deletes the track and its operation, and records the places that were given up.
  private static func end(
    _ operation: Operation, _ changes: TrackChanges, _ transaction: any StoreTransaction
  ) throws(StoreError) {
    let (componentId, trackId) = (operation.componentId, operation.trackId)
    try transaction.deleteOperation(operation)
    if !operation.abandoned.isEmpty {
      try transaction.recordEnd(
        OperationEnd(operationId: operation.id, abandoned: operation.abandoned))
    }
    try transaction.endDrift(componentId: componentId, trackId: trackId, environmentId: nil)
    guard let track = try transaction.track(componentId: componentId, id: trackId) else { return }
    try transaction.deleteTrack(componentId: componentId, id: trackId)
    try transaction.appendChange(
      changes.change(.deleted, track, snapshot: Snapshot.encode(track)))
  }
}

extension Operation {
  /// Whether all that is left outside of trackd stands in places.
  var isAtPlaces: Bool {
    step == .cleaning
      && cleanupStep > (ComponentResourceStep.allCases.map(\.rawValue).max() ?? 0)
  }
}
