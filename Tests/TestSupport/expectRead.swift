package import Testing
package import TrackDomain

/// Expects that a read of a store returns `expected`.
package func expectRead<Value: Equatable & Sendable>(
  _ store: any TrackStore, _ expected: Value, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: @Sendable (any StoreReader) throws -> Value
) async throws {
  let found = try await store.read(body)
  #expect(found == expected, sourceLocation: sourceLocation)
}
