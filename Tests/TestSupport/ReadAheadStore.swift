import EventLoop
package import TrackDomain

/// A store that notes which reads of writes come behind a change and were not foreseen: where reads
/// are round trips, each of them is waited for while the write has its components locked.
///
/// `@unchecked Sendable`: all state is touched under `lock` only.
package final class ReadAheadStore: TrackStore, @unchecked Sendable {
  private let store: any TrackStore
  private let lock = Lock()
  private var calls: [String] = []

  package init(_ store: any TrackStore) { self.store = store }

  /// The reads that were noted since this was asked last, by name.
  package func takeCalls() -> [String] {
    lock.withLock {
      defer { calls = [] }
      return calls
    }
  }

  fileprivate func note(_ call: String) { lock.withLock { calls.append(call) } }

  // MARK: TrackStore

  package func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value { try await store.read(body) }

  package func write<Value: Sendable>(
    _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    try await store.write(scope) { try body(ReadAheadTransaction($0, self)) }
  }

  package func withSnapshot<Value: Sendable>(
    limit: Duration, _ body: (any StoreSnapshot) async throws -> Value
  ) async throws -> Value { try await store.withSnapshot(limit: limit, body) }

  package func makeSpool() throws -> any StateSpool { try store.makeSpool() }

  package var isExclusive: Bool { store.isExclusive }

  package var state: StoreState { store.state }

  package func observeState(_ body: @escaping @Sendable (StoreState) -> Void) {
    store.observeState(body)
  }

  @discardableResult
  package func observeCommits(_ body: @escaping @Sendable () -> Void) -> CommitObservation {
    store.observeCommits(body)
  }
}

private final class ReadAheadTransaction: ForwardingTransaction {
  private let store: ReadAheadStore
  private var isForeseeing = false
  private var hasChanged = false
  /// How many more reads of a name are foreseen.
  private var foreseen: [String: Int] = [:]

  init(_ base: any StoreReader, _ store: ReadAheadStore) {
    self.store = store
    super.init(base)
  }

  override func foresee(_ read: () throws(StoreError) -> Void) {
    if hasChanged { return }
    let wasForeseeing = isForeseeing
    isForeseeing = true
    defer { isForeseeing = wasForeseeing }
    do throws(StoreError) {
      try read()
    } catch {
      // The read itself throws it again.
    }
  }

  override func reader(_ call: String) -> any StoreReader {
    let name = String(call.prefix { $0 != "(" })
    let count = foreseen[name] ?? 0
    if isForeseeing {
      foreseen[name] = count + 1
    } else if count > 0 {
      foreseen[name] = count - 1
    } else if hasChanged {
      store.note(name)
    }
    return super.reader(call)
  }

  override func transaction() throws(StoreError) -> any StoreTransaction {
    hasChanged = true
    return try super.transaction()
  }
}
