import TrackDomain

/// Removes the manifest of a track from a place that its environment has moved from, but not before
/// a deployment has succeeded elsewhere: until then the old one runs. Tries without limit, unless
/// the deletion of the track gives the place up.
struct PlaceCleaningRun {
  let context: ExecutorContext

  /// Throws `LeaseLost`, `CancellationError`, and `StoreError` when the store cannot read or write:
  /// then the caller releases the operation.
  func run(_ operation: Operation) async throws {
    guard let left = operation.left, let target = try await target(operation) else {
      return try await end(operation)
    }
    guard try await isDue(operation, left) else { return }
    let placed = PlacedDeployment(environmentId: operation.environmentId, place: left.place)
    let lanes = try await context.takeLanes(of: [placed], for: operation)
    if lanes.isEmpty { return try await context.leaveToOthers(operation) }
    let withdrawal = Withdrawal(
      operationId: operation.id, component: target.component, track: target.track,
      places: [placed])
    let failures = await context.removing(in: lanes) { await withdraw(withdrawal, operation, left) }
    let late = "the place did not answer"
    guard let failures else {
      return try await failed(operation, context.stepLimit.late(late))
    }
    if let error = failures.values.first {
      return try await failed(operation, context.stepLimit.told(error, late: late))
    }
    try await end(operation)
  }

  private func withdraw(
    _ withdrawal: Withdrawal, _ operation: Operation, _ left: Operation.LeftPlace
  ) async -> [PlacedDeployment: IntegrationError]? {
    let (places, store) = (context.integrations.places, context.store)
    let willPublish = context.willRemove(operation)
    return await context.stepLimit.run {
      await places.withdraw(
        withdrawal,
        unless: { deploymentId in
          try await store.read { try Self.isNewer(deploymentId, than: left, operation, $0) }
        }, willPublish: willPublish)
    }
  }

  /// Nil when the track does not exist any more.
  private func target(
    _ operation: Operation
  ) async throws -> (component: Component, track: Track)? {
    let (componentId, trackId) = (operation.componentId, operation.trackId)
    return try await context.store.read { reader in
      guard let component = try reader.component(componentId),
        let track = try reader.track(componentId: componentId, id: trackId)
      else { return nil }
      return (component.component, track)
    }
  }

  // MARK: Conditions

  /// Whether a deployment has succeeded elsewhere, or the track is being deleted. If not, puts the
  /// operation off in the same transaction; the next success makes it due.
  private func isDue(_ operation: Operation, _ left: Operation.LeftPlace) async throws -> Bool {
    let time = context.now()
    return try await context.fenced(operation) { (transaction, fenced) in
      if try Self.isDeleting(operation, transaction) { return true }
      let binding = try transaction.binding(
        componentId: operation.componentId, trackId: operation.trackId,
        environmentId: operation.environmentId)
      let current = binding?.currentDeploymentId ?? ""
      if try Self.isNewer(current, than: left, operation, transaction) { return true }
      var waiting = fenced.operation
      waiting.lease = nil
      waiting.dueAt = time.after(microseconds: ExecutorOptions.longestPause)
      try transaction.updateOperation(waiting)
      return false
    }
  }

  /// Whether a deployment of this track and environment is at least as new as the one that moved to
  /// another place. Such a deployment may be in the old place all the same: the environment has
  /// moved back, or the two places are one under two names.
  private static func isNewer(
    _ deploymentId: String, than left: Operation.LeftPlace, _ operation: Operation,
    _ reader: any StoreReader
  ) throws -> Bool {
    if try isDeleting(operation, reader) { return false }
    guard
      let found = try reader.deployment(componentId: operation.componentId, id: deploymentId),
      let mover = try reader.deployment(componentId: operation.componentId, id: left.movedBy)
    else { return false }
    return found.trackId == operation.trackId && found.environmentId == operation.environmentId
      && found.sequence >= mover.sequence
  }

  private static func isDeleting(
    _ operation: Operation, _ reader: any StoreReader
  ) throws(StoreError) -> Bool {
    try reader.deletion(componentId: operation.componentId, trackId: operation.trackId) != nil
  }

  // MARK: The end

  private func end(_ operation: Operation) async throws {
    let time = context.now()
    try await context.fenced(operation) { (transaction, fenced) in
      try transaction.deleteOperation(fenced.operation)
      try DeploymentChanges.hurryDeletion(
        componentId: operation.componentId, trackId: operation.trackId, at: time, transaction)
    }
  }

  private func failed(_ operation: Operation, _ error: IntegrationError) async throws {
    let time = context.now()
    try await context.fenced(operation) { (transaction, fenced) in
      var failed = fenced.operation
      failed.fail(error.keptMessage, at: time, retryAfter: error.retryAfter)
      try transaction.updateOperation(failed)
    }
    if operation.attempts < context.options.stepAttempts {
      context.report(
        .retrying(
          operationId: operation.id, attempts: operation.attempts + 1, error: error.message))
    }
  }
}
