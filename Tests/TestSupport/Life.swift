import EventLoop
import TrackDomain

/// The life of a pretended process. After its end, calls of the process have no effect, as if it
/// had been killed.
///
/// `@unchecked Sendable`: the flag is touched under `lock` only.
public final class Life: @unchecked Sendable {
  public struct Over: Error {}

  private let lock = Lock()
  private var hasEnded = false

  public init() {}

  public var isOver: Bool { lock.withLock { hasEnded } }

  public func end() { lock.withLock { hasEnded = true } }

  public func check() throws { if isOver { throw Over() } }
}

/// The store of a process that may die.
struct MortalStore: TrackStore {
  let store: any TrackStore
  let life: Life

  func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    try life.check()
    return try await store.read(body)
  }

  func write<Value: Sendable>(
    _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    try life.check()
    let life = life
    return try await store.write(scope) { transaction in
      try life.check()
      return try body(transaction)
    }
  }

  func withSnapshot<Value: Sendable>(
    limit: Duration, _ body: (any StoreSnapshot) async throws -> Value
  ) async throws -> Value { try await store.withSnapshot(limit: limit, body) }

  func makeSpool() throws -> any StateSpool { try store.makeSpool() }

  var state: StoreState { life.isOver ? .closed : store.state }

  func observeState(_ body: @escaping @Sendable (StoreState) -> Void) { store.observeState(body) }

  var isExclusive: Bool { store.isExclusive }

  @discardableResult
  func observeCommits(_ body: @escaping @Sendable () -> Void) -> CommitObservation {
    store.observeCommits(body)
  }
}
