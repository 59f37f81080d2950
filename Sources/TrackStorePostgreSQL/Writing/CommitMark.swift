import TrackDomain
import TrackStoreSQL

/// The row by which a writer finds out what became of a transaction whose COMMIT was not answered.
struct CommitMark {
  /// Names the writer, whatever connection it has.
  private let writer = UniqueID.random().bytes
  /// Of the transaction that is open, or was the last one.
  private(set) var word = UniqueID.random().bytes

  private static let make = Query { _ in
    """
    INSERT INTO commit_mark (writer, word, at) VALUES (?1, ?2, \(PostgreSQLConnection.clockText))
    ON CONFLICT (writer) DO NOTHING
    """
  }
  private static let write = Query { _ in
    "UPDATE commit_mark SET word = ?2, at = \(PostgreSQLConnection.clockText) WHERE writer = ?1"
  }
  private static let read = Query { _ in
    "SELECT word FROM commit_mark WHERE writer = ?1 FOR UPDATE"
  }
  private static let touch = Query { _ in
    "UPDATE commit_mark SET at = \(PostgreSQLConnection.clockText) WHERE writer = ?1"
  }
  private static let name = "the mark of a writer"

  /// Makes sure that there is a row, by itself: an open transaction has it locked later. Waits for no
  /// disk and no standby: whatever has a transaction that is marked later has this one.
  func make(on connection: PostgreSQLConnection) throws(StoreError) {
    let statement = connection.statement(Self.make)
    statement.bind(1, writer)
    statement.bind(2, UniqueID.random().bytes)
    try connection.enqueue(command: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
    try connection.enqueue(command: "SET LOCAL synchronous_commit = off")
    try statement.send(changing: nil)
    try connection.commit()
  }

  /// Marks the transaction that is open.
  mutating func write(on connection: PostgreSQLConnection) throws(StoreError) {
    word = UniqueID.random().bytes
    let statement = connection.statement(Self.write)
    statement.bind(1, writer)
    statement.bind(2, word)
    try statement.send(changing: { Self.name })
  }

  /// Whether that is why a transaction failed: nobody has written for long, and the row was dropped.
  static func isMissing(_ error: any Error) -> Bool {
    (error as? StoreError)?.detail.hasPrefix(name) == true
  }

  /// Whether the last transaction was committed, and is as durable as a COMMIT makes it now.
  ///
  /// Waits for the transaction, if it has not ended yet: it has the row locked. Then commits
  /// something itself: what confirms that confirms all that was committed before.
  func isCommitted(on connection: PostgreSQLConnection) throws(StoreError) -> Bool {
    try connection.enqueue(command: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
    let row = connection.statement(Self.read)
    row.bind(1, writer)
    let isThere = try row.step() && row.blob(0) == word
    row.reset()
    let statement = connection.statement(Self.touch)
    statement.bind(1, writer)
    try statement.send(changing: nil)
    _ = connection.takeWarnings()
    try connection.commit()
    if let warning = connection.takeWarnings().first(where: \.mayBeAboutReplication) {
      throw StoreError(.unavailable, warning.message)
    }
    return isThere
  }
}
