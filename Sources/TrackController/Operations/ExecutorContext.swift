import TrackDomain

/// The state that all parts of an executor share.
struct ExecutorContext: Sendable {
  let store: any TrackStore
  let integrations: Integrations
  let signals: OperationSignals
  let options: ExecutorOptions
  let now: @Sendable () -> Timestamp
  let observer: StepObserver?
  let report: @Sendable (ExecutorEvent) -> Void
  /// The name of this executor in leases.
  let owner = UniqueID.random()
  let lanes = LaneSchedule()
  let status = ExecutorStatus()

  var stepLimit: StepLimit {
    StepLimit(duration: options.stepTimeout, patience: options.patience)
  }

  /// One of the answers of release management to a batch. An answer of the wrong length counts as
  /// none.
  func answer<Value>(
    of results: [Result<Value, IntegrationError>]?, at index: Int, of count: Int
  ) -> Result<Value, IntegrationError> {
    if let results, results.count != count {
      return .failure(
        IntegrationError(.unavailable, "release management did not answer for all it was asked for")
      )
    }
    return stepLimit.answer(results?[index], late: "release management did not answer")
  }

  func observed(_ boundary: StepBoundary, _ ids: some Sequence<String>) {
    guard let observer else { return }
    for id in ids { observer(boundary, id) }
  }

  /// Writes `body`, and tries again for as long as the store takes no writes, for example because
  /// the disk is full.
  ///
  /// Throws the errors of `body`, `CancellationError`, and `StoreError` about a single row or when
  /// the store is no longer open.
  func persist<Value: Sendable>(
    _ scope: WriteScope,
    _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    var attempts: Int32 = 0
    while true {
      do {
        return try await store.write(scope, body)
      } catch let error as StoreError where !error.isOfOneRow && store.state == .open {
        if attempts == 0 { report(.storeUnavailable(Self.describe(error))) }
        attempts += 1
        try await Task.sleep(
          for: .microseconds(ExecutorOptions.backoff(afterAttempts: attempts)))
      }
    }
  }

  /// Writes about several items in one transaction. If the store refuses that because of some row,
  /// writes each item alone, so that a bad item costs only itself.
  ///
  /// Throws what `write` throws, except for such refusals.
  func oneByOne<Item: Sendable, Value: Sendable>(
    _ items: [Item], _ write: ([Item]) async throws -> Value
  ) async throws -> (values: [Value], refused: [(item: Item, error: StoreError)]) {
    if items.isEmpty { return ([], []) }
    do {
      return ([try await write(items)], [])
    } catch let error as StoreError where error.isOfOneRow && store.state == .open {
      if items.count == 1 { return ([], [(items[0], error)]) }
    }
    var values: [Value] = []
    var refused: [(item: Item, error: StoreError)] = []
    for item in items {
      let one = try await oneByOne([item], write)
      values += one.values
      refused += one.refused
    }
    return (values, refused)
  }

  /// The components of some operations. The scope of the write must contain them.
  static func components(
    _ componentIds: some Sequence<String>, _ transaction: any StoreTransaction
  ) throws(StoreError) -> [String: ComponentContext] {
    var components: [String: ComponentContext] = [:]
    let componentIds = Set(componentIds)
    for id in componentIds {
      transaction.foresee { () throws(StoreError) in _ = try transaction.component(id) }
    }
    for id in componentIds { components[id] = try transaction.component(id) }
    return components
  }

  /// Reports an error, except that the task was cancelled.
  func failed(_ error: any Error, _ event: (String) -> ExecutorEvent) {
    if error is CancellationError { return }
    report(event(Self.describe(error)))
  }

  static func describe(_ error: any Error) -> String {
    guard let error = error as? StoreError else { return "\(error)" }
    return "\(error.kind): \(error.detail)"
  }
}

// MARK: Lanes

extension ExecutorContext {
  func window() -> DueWindow {
    let now = now()
    return DueWindow(
      now: now, far: now.after(microseconds: 2 * ExecutorOptions.longestPause))
  }

  /// The lane of an environment. The deployments of one lane wait for each other.
  func lane(of environment: Environment?) -> String {
    "deployment " + (environment.map { integrations.deployer.lane(of: $0) } ?? "")
  }
}
