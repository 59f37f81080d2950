package import TrackDomain

/// A connection to a database, as readers and transactions see it. Belongs to one thread at a time.
package protocol StatementSource: AnyObject {
  /// The statement of a query, prepared at its first use and kept. Throws `fault`, if there is one.
  func prepared(_ query: Query) throws(StoreError) -> any Statement

  /// What the database reported first, broken rules of the schema apart: later statements fail with
  /// it, so that a closure that catches it cannot go on outside of its transaction.
  var fault: StoreError? { get }

  /// Whether the database may come to lack what it has committed, while the store is open: another
  /// server, which had less, took its place.
  var mayLoseCommits: Bool { get }

  /// The database's clock, by which leases go.
  func storeTime(_ retention: Retention?) throws(StoreError) -> Timestamp

  /// Runs what asks for rows that the caller reads later, where that saves it waiting; else nothing.
  /// Drops what it throws.
  func foresee(_ read: () throws(StoreError) -> Void)
}

package extension StatementSource {
  func foresee(_ read: () throws(StoreError) -> Void) {}
}

/// A connection that writes groups of closures, each group in one transaction of the database.
package protocol TransactionSource: StatementSource {
  /// Before a closure's first change, where others share its transaction: what undoes the changes
  /// without theirs begins here.
  func beginChanges() throws(StoreError)
  /// Undoes what was changed since `beginChanges`.
  func undoChanges() throws(StoreError)
  /// Leaves it to the transaction.
  func endChanges() throws(StoreError)

  /// Whether changes and events of the audit get their numbers at the end of the transaction, behind
  /// those of transactions that committed before it: where several write at once.
  var numbersAtCommit: Bool { get }
}
