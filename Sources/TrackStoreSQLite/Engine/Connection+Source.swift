import TrackDomain
import TrackStoreSQL

extension Connection: TransactionSource {
  private static let savepoint = Query("SAVEPOINT closure")
  private static let release = Query("RELEASE closure")
  private static let undo = Query("ROLLBACK TO closure")

  func prepared(_ query: Query) throws(StoreError) -> any Statement {
    if let fault = faults.fault { throw StoreError(fault) }
    do { return try statement(query) } catch { throw faults.note(error) }
  }

  var fault: StoreError? { faults.fault.map { StoreError($0) } }

  /// That of the retention: it does not jump, and one process has the store.
  func storeTime(_ retention: Retention?) throws(StoreError) -> Timestamp {
    Timestamp(microseconds: retention?.clock.now ?? 0)
  }

  /// The one writer appends in the order of its commits.
  var numbersAtCommit: Bool { false }

  /// Nobody else has its files.
  var mayLoseCommits: Bool { false }

  func beginChanges() throws(StoreError) { try prepared(Self.savepoint).run() }

  func endChanges() throws(StoreError) { try prepared(Self.release).run() }

  func undoChanges() throws(StoreError) {
    try prepared(Self.undo).run()
    try endChanges()
  }
}
