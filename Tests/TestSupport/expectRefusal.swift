package import Testing
package import TrackDomain

/// Expects that the schema of a store refuses a transaction.
package func expectRefusal(
  _ store: any TrackStore, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: @escaping @Sendable (any StoreTransaction) throws -> Void
) async {
  do {
    try await store.write(body)
    Issue.record("nothing was refused", sourceLocation: sourceLocation)
  } catch {
    #expect((error as? StoreError)?.kind == .failed, sourceLocation: sourceLocation)
  }
}
