import EventLoop
import TrackDomain
import TrackStoreSQL

/// Runs groups of transactions, each group in one transaction of SQLite: one sync for all.
///
/// Lives on the writer's thread.
final class GroupCommit {
  private static let begin = Query("BEGIN IMMEDIATE")
  private static let commit = Query("COMMIT")
  private static let rollback = Query("ROLLBACK")

  let connection: Connection
  let transaction: Transaction
  private var patience: BusyPatience
  /// How often a transaction of SQLite was begun, or was to be, for tests.
  private(set) var attempts = 0
  /// Whether anything was committed that observers have not been told.
  private var hasNews = false
  /// The deployments that have come to their end, as far as that is committed.
  private var ends: [DeploymentEnd] = []
  /// The outcomes of events of the audit, as far as they are committed.
  private var outcomes: [String] = []
  private var traced: [TracedOperation] = []

  /// - Parameter transaction: of the connection.
  init(_ connection: Connection, transaction: Transaction, patience: BusyPatience) {
    self.connection = connection
    self.transaction = transaction
    self.patience = patience
  }

  /// Whether changes or operations were committed since this was asked the last time.
  func takeNews() -> Bool {
    defer { hasNews = false }
    return hasNews
  }

  /// The deployments that have come to their end since this was asked the last time.
  func takeEnds() -> [DeploymentEnd] {
    defer { ends = [] }
    return ends
  }

  /// The outcomes of the events of the audit since this was asked the last time.
  func takeOutcomes() -> [String] {
    defer { outcomes = [] }
    return outcomes
  }

  /// The same of operations with a trace that were begun.
  func takeTraced() -> [TracedOperation] {
    defer { traced = [] }
    return traced
  }

  /// What became of a group whose writes were not all committed.
  enum Failure {
    /// The storage cannot be used any more. Some of the writes that failed may turn out to be there
    /// after a restart.
    case storage(SQLiteError)
    /// Another process has the database locked, and did not let go in time.
    case locked(isNews: Bool)
  }

  /// Runs a group; afterwards each of its writes can be answered.
  ///
  /// A write that throws is undone alone. If the group as a whole is lost, because SQLite rolled it
  /// back or could not commit it, each write runs again by itself, once; but not if it could not
  /// begin, for that no write could.
  func run(_ group: [any PendingWrite]) -> Failure? {
    let start = MonotonicTime.now()
    connection.setBusyTimeout(milliseconds: patience.wait(now: start))
    guard let error = commit(group[...]) else { return nil }
    switch error.kind {
    case .storage: return .storage(fail(group[...], error))
    case .busy:
      _ = fail(group[...], error)
      return .locked(isNews: patience.gaveUp(startedAt: start))
    case .constraint, .full, .memory, .other: break
    }
    for (index, write) in group.enumerated() {
      guard let error = commit(group[index...index]) else { continue }
      if error.kind == .storage { return .storage(fail(group[index...], error)) }
      write.fail(StoreError(error))
    }
    return nil
  }

  private func fail(_ writes: ArraySlice<any PendingWrite>, _ error: SQLiteError) -> SQLiteError {
    for write in writes { write.fail(StoreError(error)) }
    return error
  }

  /// Returns why nothing of the writes was committed, or nil.
  private func commit(_ writes: ArraySlice<any PendingWrite>) -> SQLiteError? {
    connection.faults.fault = nil
    transaction.clearNews()
    transaction.isAlone = writes.count == 1
    attempts += 1
    do throws(SQLiteError) {
      try connection.statement(Self.begin).execute()
      patience.began()
      for write in writes {
        write.run(in: transaction)
        if let fault = connection.faults.fault { throw fault }
      }
      let end = transaction.isAlone && transaction.isSpoilt ? Self.rollback : Self.commit
      try connection.statement(end).execute()
      hasNews = hasNews || transaction.hasNews
      ends += transaction.ends
      outcomes += transaction.outcomes
      traced += transaction.traced
      return nil
    } catch {
      // SQLite has rolled back by itself after some errors.
      if connection.isInTransaction { try? connection.statement(Self.rollback).execute() }
      return error
    }
  }
}
