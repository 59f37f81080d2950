package import TrackDomain

extension TrackStore {
  /// A write of whatever there is, for tests that are about something else than what a write names.
  package func write<Value: Sendable>(
    _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    try await write(.everything, body)
  }
}
