public import TrackDomain

/// A store whose rows are elsewhere, as over a network: every read suspends and is answered on
/// another executor, no read is answered at once, and commits of other servers may go unnoticed.
public struct ElsewhereStore: TrackStore {
  private let store: any TrackStore
  private let elsewhere = Elsewhere()

  public init(_ store: any TrackStore) { self.store = store }

  /// Runs reads off the caller's executor.
  private actor Elsewhere {
    func read<Value: Sendable>(
      _ store: any TrackStore, _ body: @Sendable (any StoreReader) throws -> Value
    ) async throws -> Value {
      await Task.yield()
      return try await store.read(body)
    }
  }

  public func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    try await elsewhere.read(store, body)
  }

  public func write<Value: Sendable>(
    _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    await Task.yield()
    return try await store.write(scope, body)
  }

  public func withSnapshot<Value: Sendable>(
    limit: Duration, _ body: (any StoreSnapshot) async throws -> Value
  ) async throws -> Value { try await store.withSnapshot(limit: limit, body) }

  public func makeSpool() throws -> any StateSpool { try store.makeSpool() }

  public var state: StoreState { store.state }

  public func observeState(_ body: @escaping @Sendable (StoreState) -> Void) {
    store.observeState(body)
  }

  @discardableResult
  public func observeCommits(_ body: @escaping @Sendable () -> Void) -> CommitObservation {
    store.observeCommits(body)
  }

  public var isExclusive: Bool { false }
}
