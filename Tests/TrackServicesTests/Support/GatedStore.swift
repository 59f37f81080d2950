import TestSupport
import TrackDomain

/// A store whose snapshots wait while its gate is shut. Only the state of watches takes snapshots.
struct GatedStore: TrackStore {
  let store: any TrackStore
  let gate = Gate()

  actor Gate {
    private var isShut = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var watchers: [CheckedContinuation<Void, Never>] = []

    func shut() { isShut = true }

    func open() {
      isShut = false
      for reader in waiting { reader.resume() }
      waiting = []
    }

    /// Returns when a snapshot waits.
    func isReached() async {
      if waiting.isEmpty { await withCheckedContinuation { watchers.append($0) } }
    }

    fileprivate func pass() async {
      if !isShut { return }
      await withCheckedContinuation { reader in
        waiting.append(reader)
        for watcher in watchers { watcher.resume() }
        watchers = []
      }
    }
  }

  func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    try await store.read(body)
  }

  func withSnapshot<Value: Sendable>(
    limit: Duration, _ body: (any StoreSnapshot) async throws -> Value
  ) async throws -> Value {
    await gate.pass()
    return try await store.withSnapshot(limit: limit, body)
  }

  func write<Value: Sendable>(
    _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    try await store.write(scope, body)
  }

  func makeSpool() throws -> any StateSpool { try store.makeSpool() }

  var state: StoreState { store.state }

  func observeState(_ body: @escaping @Sendable (StoreState) -> Void) { store.observeState(body) }

  var isExclusive: Bool { store.isExclusive }

  @discardableResult
  func observeCommits(_ body: @escaping @Sendable () -> Void) -> CommitObservation {
    store.observeCommits(body)
  }
}
