import TrackDomain

/// Runs groups of transactions, each group in one transaction of SQLite: one sync for all.
///
/// Lives on the writer's thread.
final class GroupCommit {
  private static let begin = Query("BEGIN IMMEDIATE")
  private static let commit = Query("COMMIT")
  private static let rollback = Query("ROLLBACK")

  let transaction: Transaction
  /// What was committed since it was taken the last time.
  private var news = Transaction.News()

  init(transaction: Transaction) {
    self.transaction = transaction
  }

  /// What was committed since this was asked the last time, for the observers of the store.
  func takeNews() -> Transaction.News {
    defer { news = Transaction.News() }
    return news
  }

  /// Runs a group; afterwards each of its writes can be answered.
  ///
  /// A write that throws is undone alone. If the group as a whole is lost, because SQLite rolled it
  /// back or could not commit it, each write runs again by itself, once.
  ///
  /// - Returns: what makes the storage unusable, if anything did; the writes that were not
  ///   committed before have failed with it, and some may turn out to be there after a restart.
  func run(_ group: [any PendingWrite]) -> SQLiteError? {
    if transaction.connection.hasMoved { return fail(group[...], .moved) }
    guard let error = commit(group[...]) else { return nil }
    if error.kind == .storage { return fail(group[...], error) }
    for (index, write) in group.enumerated() {
      guard let error = commit(group[index...index]) else { continue }
      if error.kind == .storage { return fail(group[index...], error) }
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
    let connection = transaction.connection
    transaction.clearFault()
    transaction.clearNews()
    transaction.isAlone = writes.count == 1
    do throws(SQLiteError) {
      try connection.statement(Self.begin).run()
      for write in writes {
        write.run(in: transaction)
        if let fault = transaction.fault { throw fault }
      }
      let end = transaction.isAlone && transaction.isSpoilt ? Self.rollback : Self.commit
      try connection.statement(end).run()
      news.merge(transaction.news)
      return nil
    } catch {
      // SQLite has rolled back by itself after some errors.
      if connection.isInTransaction { try? connection.statement(Self.rollback).run() }
      return error
    }
  }
}
