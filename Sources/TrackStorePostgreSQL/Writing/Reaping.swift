import TrackDomain
import TrackStoreSQL

/// Drops what has been kept long enough, a few rows at a time, by one server at a time.
struct Reaping: Sendable {
  /// How many rows of each kind one run drops.
  private static let batch = 256
  private static let lock: Int64 = 0x7472_6B64_0004
  /// For so long nobody has written whose mark is dropped.
  private static let markRetention = Duration.seconds(30 * 24 * 3600)

  private static let tryLock = Query { _ in
    "SELECT pg_try_advisory_xact_lock(\(lock))"
  }
  private static let forgetMarks = Query { _ in
    """
    DELETE FROM commit_mark WHERE writer IN (
      SELECT writer FROM commit_mark WHERE at < ?1 LIMIT ?2 FOR UPDATE SKIP LOCKED)
    """
  }

  private let retention: Retention
  private let auditFault: @Sendable (AuditVerification.Finding) -> Void

  /// - Parameter auditFault: told of an event of the audit that is not as it was written, whenever it
  ///   is come across.
  init(
    _ retention: Retention, auditFault: @escaping @Sendable (AuditVerification.Finding) -> Void
  ) {
    self.retention = retention
    self.auditFault = auditFault
  }

  /// Drops a batch of each kind.
  ///
  /// - Returns: whether there may be more; false where another server is at it.
  func run(on store: PostgreSQLTrackStore) async throws -> Bool {
    let found: Bool? = try await store.write(.nothing) { try rows($0) }
    guard let rows = found else { return false }
    let images = try await forgetImages(on: store)
    return rows || images
  }

  /// What belongs to no component; nil where another server is at it.
  private func rows(_ transaction: any StoreTransaction) throws -> Bool? {
    guard let transaction = transaction as? Transaction, try isAlone(transaction) else {
      return nil
    }
    // The database's clock by itself.
    let now = try transaction.storeTime()
    func limit(_ duration: Duration) -> Int64 {
      RetentionClock.limit(duration, at: now.microseconds)
    }
    var counts = [
      try transaction.forgetRequests(keptBefore: limit(retention.requests), limit: Self.batch),
      try transaction.forgetEnds(keptBefore: limit(retention.requests), limit: Self.batch),
      try transaction.forgetChanges(keptBefore: limit(retention.changes), limit: Self.batch),
      try forgetMarks(transaction, before: limit(Self.markRetention)),
    ]
    do {
      counts.append(
        try transaction.forgetAudit(
          keptBefore: limit(retention.audit), wallTime: now.before(retention.audit),
          limit: Self.batch))
    } catch let error as Transaction.AuditFault {
      // Rows that are not as they were written stay: a verification is to find them.
      auditFault(error.finding)
    }
    return counts.contains(Self.batch)
  }

  private func isAlone(_ transaction: Transaction) throws(StoreError) -> Bool {
    let row = try transaction.source.prepared(Self.tryLock)
    defer { row.reset() }
    return try row.step() && row.bool(0)
  }

  private func forgetMarks(
    _ transaction: Transaction, before limit: Int64
  ) throws(StoreError) -> Int {
    let row = try transaction.source.prepared(Self.forgetMarks)
    row.bind(1, limit)
    row.bind(2, Self.batch)
    return try row.run()
  }

  /// Images belong to components, which are locked: nobody is to deploy one meanwhile.
  private func forgetImages(on store: PostgreSQLTrackStore) async throws -> Bool {
    let (limit, owners) = try await store.read { reader in
      let limit = RetentionClock.limit(retention.images, at: try reader.storeTime().microseconds)
      let owners = try (reader as? Reader)?.ownersOfDisposableImages(
        keptBefore: limit, limit: Self.batch)
      return (limit, owners ?? [])
    }
    if owners.isEmpty { return false }
    return try await store.write(.components(owners)) { transaction in
      let dropped = try (transaction as? Transaction)?.forgetImages(
        keptBefore: limit, of: owners, limit: Self.batch)
      return dropped == Self.batch
    }
  }
}
