import TrackDomain

/// What the parts of an executor share.
struct ExecutorContext: Sendable {
  let store: any TrackStore
  let integrations: Integrations
  let signals: OperationSignals
  let options: ExecutorOptions
  let now: @Sendable () -> Timestamp
  let observer: StepObserver?
  let report: @Sendable (ExecutorEvent) -> Void
  /// This process, in leases.
  let holder = UniqueID.random()

  var stepLimit: StepLimit {
    StepLimit(duration: options.stepTimeout, patience: options.patience)
  }

  func observed(_ boundary: StepBoundary, _ ids: some Sequence<String>) {
    guard let observer else { return }
    for id in ids { observer(boundary, id) }
  }

  /// Writes what must be written: goes on trying while the store takes nothing now, on a full disk
  /// for example.
  ///
  /// Throws what `body` throws otherwise, `CancellationError`, and `StoreError` when trying again is
  /// of no use.
  func persist<Value: Sendable>(
    _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    var attempts: Int32 = 0
    while true {
      do {
        return try await store.write(body)
      } catch let error as StoreError where error.kind != .failed && store.state == .open {
        if attempts == 0 { report(.storeUnavailable(Self.describe(error))) }
        attempts += 1
        try await Task.sleep(
          for: .microseconds(ExecutorOptions.backoff(afterAttempts: attempts)))
      }
    }
  }

  /// Locks the components of some operations, in one order for all who do that.
  static func lock(
    _ componentIds: some Sequence<String>, _ transaction: any StoreTransaction
  ) throws(StoreError) -> [String: ComponentContext] {
    var components: [String: ComponentContext] = [:]
    for id in Set(componentIds).sorted() {
      components[id] = try transaction.lockComponent(id)
    }
    return components
  }

  /// Reports an error, unless it is that the task was cancelled.
  func failed(_ error: any Error, _ event: (String) -> ExecutorEvent) {
    if error is CancellationError { return }
    report(event(Self.describe(error)))
  }

  static func describe(_ error: any Error) -> String {
    guard let error = error as? StoreError else { return "\(error)" }
    return "\(error.kind): \(error.detail)"
  }
}
