import TrackDomain
import TrackStoreSQL

/// A reader with its connection. Reads between `begin` and `end` see one state of the database.
/// Belongs to its connection's thread.
struct SnapshotReader: SnapshotConnection {
  let connection: Connection
  let reader: Reader

  private static let begin = Query("BEGIN")
  private static let commit = Query("COMMIT")
  private static let rollback = Query("ROLLBACK")

  init(_ connection: Connection, _ retention: Retention? = nil) {
    self.connection = connection
    reader = Reader(connection, retention)
  }

  /// What SQLite reported since the beginning.
  var fault: SQLiteError? { connection.faults.fault }

  func begin() throws(StoreError) {
    connection.faults.fault = nil
    do { try connection.statement(Self.begin).execute() } catch { throw StoreError(error) }
  }

  func end() {
    guard connection.isInTransaction else { return }
    // Nothing was written. After a fault COMMIT may be refused; ROLLBACK never is.
    do throws(SQLiteError) {
      try connection.statement(Self.commit).execute()
    } catch {
      try? connection.statement(Self.rollback).execute()
    }
  }
}
