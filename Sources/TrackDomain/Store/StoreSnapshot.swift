/// One consistent state of a store, open for a while. Valid only in the closure it was given to.
public protocol StoreSnapshot: Sendable {
  /// Runs `body` on the state; it reads a bounded number of rows, on a database thread.
  ///
  /// Throws what `body` throws, `StoreError`, and `SnapshotExpired`.
  func read<Value: Sendable>(
    _ body: @escaping @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value
}

/// A state of a store was needed for longer than it may be kept.
public struct SnapshotExpired: Error, Sendable {
  public init() {}
}
