import EventLoop
package import TrackDomain

/// A store that notes what is read of it, in order: each call of a reader is a round trip for a
/// store over a network.
///
/// `@unchecked Sendable`: all state is touched under `lock` only.
package final class CountingStore: TrackStore, @unchecked Sendable {
  private let store: any TrackStore
  private let lock = Lock()
  private var calls: [String] = []

  package init(_ store: any TrackStore) { self.store = store }

  /// The calls of readers since this was asked last, by name; in a write "write" comes before them.
  /// A component that a write names is read as the write begins, and is no call.
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
  ) async throws -> Value {
    try await store.read { try body(CountingTransaction($0, .nothing, self)) }
  }

  package func write<Value: Sendable>(
    _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    note("write")
    return try await store.write(scope) { try body(CountingTransaction($0, scope, self)) }
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

private final class CountingTransaction: ForwardingTransaction {
  private let scope: WriteScope
  private let store: CountingStore
  private var isFree = false

  init(_ base: any StoreReader, _ scope: WriteScope, _ store: CountingStore) {
    self.scope = scope
    self.store = store
    super.init(base)
  }

  override func reader(_ call: String) -> any StoreReader {
    if !isFree { store.note(String(call.prefix { $0 != "(" })) }
    return super.reader(call)
  }

  override func component(_ id: String) throws(StoreError) -> ComponentContext? {
    isFree = scope.names(componentId: id)
    defer { isFree = false }
    return try super.component(id)
  }
}
