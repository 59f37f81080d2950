import TrackDomain

/// A store in memory: each write works on a copy that replaces the original when it succeeds.
actor MemoryStore: TrackStore {
  private var tables = MemoryTables()

  func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    try body(MemoryTransaction(tables))
  }

  func write<Value: Sendable>(
    _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    // Twice, because a body may run more than once.
    _ = try? body(MemoryTransaction(tables))
    let transaction = MemoryTransaction(tables)
    let value = try body(transaction)
    tables = transaction.tables
    return value
  }

  nonisolated var state: StoreState { .open }

  nonisolated func observeState(_ body: @escaping @Sendable (StoreState) -> Void) {
    body(.open)
  }
}

struct MemoryTables: Sendable {
  struct TrackId: Hashable {
    var component: String
    var track: String
  }

  var tracks: [TrackId: Track] = [:]
  var latest: [String: String] = [:]
  var resources: [CatalogKind: [String: CatalogResource]] = [:]
  var revisions: [ConfigRevision] = []
  var requests: [RequestKey: RememberedRequest] = [:]
  var changes: [LoggedChange] = []
}
