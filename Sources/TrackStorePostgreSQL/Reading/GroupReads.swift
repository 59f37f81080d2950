import TrackDomain
import TrackStoreSQL

/// What several closures read in one transaction: each of them is run until it asks for something that is not
/// there, all of that is read at once, and they are run again. So there are as many round trips as the
/// closure with the longest chain of reads has, however many closures there are.
///
/// Belongs to its connection's thread.
final class GroupReads {
  /// A statement and its values.
  struct Key: Hashable {
    let slot: Int
    let values: [StoredValue]
  }

  private let connection: PostgreSQLConnection
  private var known: [Key: ResultRows] = [:]
  /// What was sent, and is to come.
  private var requested: [Key: RowBox] = [:]

  init(_ connection: PostgreSQLConnection) { self.connection = connection }

  /// The rows of a statement; nil: they are there after the next wait.
  func rows(_ query: Query, _ values: [StoredValue]) throws(StoreError) -> ResultRows? {
    let key = Key(slot: query.slot, values: values)
    if let rows = known[key] { return rows }
    if requested[key] != nil { return nil }
    let box = RowBox()
    let statement = connection.statement(query)
    statement.bind(values)
    try statement.collect(into: box)
    requested[key] = box
    return nil
  }

  /// Waits for what was sent.
  func wait() throws(StoreError) {
    try connection.wait()
    for (key, box) in requested {
      guard let rows = box.rows else { throw StoreError(.failed, "a statement gave no answer") }
      known[key] = rows
    }
    requested = [:]
  }
}
