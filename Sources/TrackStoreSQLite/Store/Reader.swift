import TrackDomain

/// Reads through one connection, and belongs to its thread. Reads between `beginSnapshot` and
/// `endSnapshot` see one state of the database.
class Reader: StoreReader {
  let connection: Connection
  /// What SQLite reported first, broken rules of the schema apart: later calls fail with it, so
  /// that a closure that catches it cannot go on outside of its transaction. Not checked for
  /// overlapping access, as the statements of `Connection`: both are confined, and no access runs
  /// other code.
  @safe @exclusivity(unchecked) private(set) var fault: SQLiteError?

  /// Nil: no row is too old, for tests.
  let retention: Retention?

  init(_ connection: Connection, _ retention: Retention? = nil) {
    self.connection = connection
    self.retention = retention
  }

  // MARK: Statements

  final func statement(_ query: Query) throws(StoreError) -> Statement {
    if let fault { throw StoreError(fault) }
    do { return try connection.statement(query) } catch { throw note(error) }
  }

  /// Whether there is another row.
  @inline(__always)
  final func step(_ statement: Statement) throws(StoreError) -> Bool {
    do { return try statement.step() } catch { throw note(error) }
  }

  /// Runs a statement without rows and returns how many rows it changed.
  @discardableResult
  final func run(_ statement: Statement) throws(StoreError) -> Int {
    do { try statement.run() } catch { throw note(error) }
    return connection.changes
  }

  private func note(_ error: SQLiteError) -> StoreError {
    if error.kind != .constraint && fault == nil { fault = error }
    return StoreError(error)
  }

  final func clearFault() {
    fault = nil
  }

  /// Here, because `Transaction` has its own.
  func component(_ id: String) throws(StoreError) -> ComponentContext? {
    try readComponent(id)
  }

  // MARK: Snapshots

  private static let begin = Query("BEGIN")
  private static let commit = Query("COMMIT")
  private static let rollback = Query("ROLLBACK")

  final func beginSnapshot() throws(SQLiteError) {
    clearFault()
    try connection.statement(Self.begin).run()
  }

  final func endSnapshot() {
    guard connection.isInTransaction else { return }
    // Nothing was written. After a fault COMMIT may be refused; ROLLBACK never is.
    do throws(SQLiteError) {
      try connection.statement(Self.commit).run()
    } catch {
      try? connection.statement(Self.rollback).run()
    }
  }
}

extension StoreError {
  /// What the callers of the store are told of an error of SQLite.
  init(_ error: SQLiteError) {
    switch error.kind {
    case .full: self.init(.full, error.description)
    case .busy, .memory, .storage: self.init(.unavailable, error.description)
    case .constraint, .other: self.init(.failed, error.description)
    }
  }

  /// A row that no version of the store has written.
  static func unreadable(_ what: String) -> StoreError {
    StoreError(.corrupt, "\(what) cannot be read")
  }
}
