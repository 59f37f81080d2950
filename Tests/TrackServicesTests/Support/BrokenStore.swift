import TrackDomain

/// A store that fails every call with the same error.
struct BrokenStore: TrackStore {
  let error: any Error

  func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    throw error
  }

  func withSnapshot<Value: Sendable>(
    limit: Duration, _ body: (any StoreSnapshot) async throws -> Value
  ) async throws -> Value {
    throw error
  }

  func write<Value: Sendable>(
    _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    throw error
  }

  func makeSpool() throws -> any StateSpool { throw error }

  var state: StoreState { .failed("broken") }

  func observeState(_ body: @escaping @Sendable (StoreState) -> Void) {
    body(state)
  }

  var isExclusive: Bool { true }

  @discardableResult
  func observeCommits(_ body: @escaping @Sendable () -> Void) -> CommitObservation {
    CommitObservation {}
  }
}
