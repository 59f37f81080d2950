import TrackDomain

/// The last step of a deletion outside of trackd: removes the track's manifests from all places,
/// also those that its environments have moved from.
struct PlaceWithdrawal {
  let context: ExecutorContext
  let resources: TrackResources

  /// The result of a run.
  enum End: Sendable {
    /// No place is left, or the rest was given up.
    case done
    /// A place is left.
    case failed(IntegrationError)
    /// The rest is in lanes of other executors, to which the operation was left.
    case elsewhere
  }

  /// The work that is left, as the store has it now.
  private struct Work: Sendable {
    var deletion: Operation
    var places: Set<PlacedDeployment> = []
  }

  func run(_ operation: Operation) async throws -> End {
    while var work = try await work(operation), !work.places.isEmpty {
      let lanes = try await context.takeLanes(of: work.places, for: operation)
      work.places = work.places.filter { lanes.contains(context.lane(of: $0.place)) }
      if work.places.isEmpty {
        try await context.leaveToOthers(operation)
        return .elsewhere
      }
      let failures = await context.removing(in: lanes) { await withdraw(work, operation) }
      try await forget(work.places.subtracting(failures.keys), operation)
      if failures.isEmpty { continue }
      let hopeless = failures.filter { isHopeless($0.value, work.deletion) }
      try await abandon(hopeless, operation)
      let rest = failures.filter { hopeless[$0.key] == nil }
      guard let (placed, error) = rest.min(by: { $0.key.environmentId < $1.key.environmentId })
      else { continue }
      let told = IntegrationError(
        error.kind, "\(description(of: placed)): \(error.message)",
        // A forced deletion does not wait for hosts that pause.
        retryAfter: work.deletion.isForced ? nil : error.retryAfter)
      return .failed(told)
    }
    return .done
  }

  /// Before a deletion is given up, makes sure that no removal which anybody has begun takes
  /// something away afterwards.
  ///
  /// - Returns: why that is not certain yet; nil when it is.
  func settle(_ operation: Operation) async throws -> IntegrationError? {
    guard let work = try await work(operation), let hash = try await begun(work.deletion) else {
      return nil
    }
    let (withdrawal, places) = (withdrawal(of: work), context.integrations.places)
    let epoch = work.deletion.epoch
    let failures = await answered(work) {
      await places.settle(withdrawal, hash: hash, epoch: epoch)
    }
    // Who is refused now would be refused with what was begun.
    return failures.values.first { $0.isTemporary }
  }

  /// A commit that was announced for the deletion, or for a cleaning that goes by it; nil for none.
  private func begun(_ deletion: Operation) async throws -> String? {
    if !deletion.gitopsHash.isEmpty { return deletion.gitopsHash }
    return try await context.store.read { reader in
      try reader.cleanings(
        componentId: deletion.componentId, trackId: deletion.trackId,
        limit: ExecutorOptions.cleaningsAtOnce
      ).map(\.gitopsHash).first { !$0.isEmpty }
    }
  }

  private func withdraw(
    _ work: Work, _ operation: Operation
  ) async -> [PlacedDeployment: IntegrationError] {
    let (withdrawal, places) = (withdrawal(of: work), context.integrations.places)
    let willPublish = context.willRemove(operation)
    return await answered(work) {
      await places.withdraw(withdrawal, unless: { _ in false }, willPublish: willPublish)
    }
  }

  private func withdrawal(of work: Work) -> Withdrawal {
    Withdrawal(
      operationId: resources.operationId, component: resources.component, track: resources.track,
      places: work.places.sorted { $0.environmentId < $1.environmentId })
  }

  private func answered(
    _ work: Work, _ body: @escaping @Sendable () async -> [PlacedDeployment: IntegrationError]
  ) async -> [PlacedDeployment: IntegrationError] {
    let (limit, late) = (context.stepLimit, "it was not removed")
    return await limit.run(body)?.mapValues { limit.told($0, late: late) }
      ?? Dictionary(uniqueKeysWithValues: work.places.map { ($0, limit.late(late)) })
  }

  /// Whether a forced deletion gives a place up. A place that refuses is kept: it was reached, and
  /// somebody can remove the reason.
  private func isHopeless(_ error: IntegrationError, _ deletion: Operation) -> Bool {
    guard deletion.isForced else { return false }
    switch error.kind {
    case .refused: return false
    case .notFound, .accessDenied, .invalid, .notACommit: return true
    case .unavailable, .locked, .damaged, .cancelled:
      let limit = min(ExecutorOptions.forcedAttempts, context.options.stepAttempts)
      return deletion.attempts + 1 >= limit
    }
  }

  /// The file and its place, for people.
  private func description(of placed: PlacedDeployment) -> String {
    let place = placed.place
    let folders = GitOpsFolder.segments(place.path) + [resources.component.id, resources.track.id]
    let repository = place.repositoryURL.isEmpty ? "gitops.git of trackd" : place.repositoryURL
    return folders.joined(separator: "/") + "/\(placed.environmentId).yaml"
      + " on branch \(place.branch) of \(repository)"
  }

  // MARK: Rows

  private func work(_ operation: Operation) async throws -> Work? {
    try await context.store.read { reader in
      guard let deletion = try reader.operation(id: operation.id) else { return nil }
      return Work(deletion: deletion, places: try Self.places(of: deletion, reader))
    }
  }

  /// The places from which a deletion or cleaning removes something.
  static func places(
    of operation: Operation, _ reader: any StoreReader
  ) throws(StoreError) -> Set<PlacedDeployment> {
    if let left = operation.leftDeployment { return [left] }
    let (componentId, trackId) = (operation.componentId, operation.trackId)
    var places: Set<PlacedDeployment> = []
    for binding in try reader.bindings(componentId: componentId, trackId: trackId) {
      guard let place = binding.place else { continue }
      places.insert(PlacedDeployment(environmentId: binding.environmentId, place: place))
    }
    for cleaning in try reader.cleanings(
      componentId: componentId, trackId: trackId, limit: ExecutorOptions.cleaningsAtOnce)
    { if let placed = cleaning.leftDeployment { places.insert(placed) } }
    return places
  }

  private func abandon(
    _ failures: [PlacedDeployment: IntegrationError], _ operation: Operation
  ) async throws {
    if failures.isEmpty { return }
    let lines = failures.keys.map(description).sorted()
    try await forget(Set(failures.keys), operation) { deletion in
      let former = deletion.abandoned.isEmpty ? [] : [deletion.abandoned]
      deletion.abandoned = (former + lines).joined(separator: "\n")
    }
    for (placed, error) in failures {
      context.report(
        .placeGivenUp(
          componentId: operation.componentId, trackId: operation.trackId,
          place: description(of: placed), error: error.message))
    }
  }

  /// Removes the places from the store.
  private func forget(
    _ places: Set<PlacedDeployment>, _ operation: Operation,
    _ change: @escaping @Sendable (inout Operation) -> Void = { _ in }
  ) async throws {
    if places.isEmpty { return }
    let (componentId, trackId) = (operation.componentId, operation.trackId)
    try await context.fenced(operation) { (transaction, fenced) in
      for var binding in try transaction.bindings(componentId: componentId, trackId: trackId) {
        guard let place = binding.place,
          places.contains(
            PlacedDeployment(environmentId: binding.environmentId, place: place))
        else { continue }
        binding.place = nil
        try transaction.putBinding(binding)
      }
      for cleaning in try transaction.cleanings(
        componentId: componentId, trackId: trackId, limit: ExecutorOptions.cleaningsAtOnce)
      {
        guard let placed = cleaning.leftDeployment, places.contains(placed) else { continue }
        try transaction.deleteOperation(cleaning)
      }
      var deletion = fenced.operation
      change(&deletion)
      try transaction.updateOperation(deletion)
    }
  }
}

extension Operation {
  /// The place that a cleaning is about.
  fileprivate var leftDeployment: PlacedDeployment? {
    left.map { PlacedDeployment(environmentId: environmentId, place: $0.place) }
  }
}
