import TrackDomain
import TrackStoreSQL

/// Opens connections of a store for its readers. Any thread.
struct ReaderSource: SnapshotSource {
  /// How long an answer may take: then its connection is given up.
  private static let patience = Duration.seconds(10)

  let string: ConnectionString
  let retention: Retention

  func makeReader() throws(StoreError) -> any SnapshotConnection {
    do throws(PostgreSQLError) {
      let connection = try PostgreSQLConnection(string)
      connection.waitLimit = Self.patience
      return SnapshotReader(connection, retention)
    } catch {
      throw StoreError(error)
    }
  }

  func makeLongReader() throws(StoreError) -> any SnapshotConnection { try makeReader() }

  /// A connection that broke is not used again.
  func check(_ connection: any SnapshotConnection) {}

  func waitForSnapshots() async throws {}
}

/// A connection that reads, one state of the database at a time.
private struct SnapshotReader: SnapshotConnection {
  let connection: PostgreSQLConnection
  let reader: Reader

  init(_ connection: PostgreSQLConnection, _ retention: Retention) {
    self.connection = connection
    reader = Reader(connection, retention)
  }

  var isUsable: Bool { connection.isUsable }

  func begin() throws(StoreError) {
    try connection.rollback()
    try connection.enqueue(command: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
  }

  func end() {
    // A connection that breaks here is not used again.
    do {
      guard connection.fault == nil else { return try connection.rollback() }
      // Nobody has to know how that ends.
      try connection.enqueue(command: "COMMIT")
      try connection.push()
    } catch {
      try? connection.rollback()
    }
  }
}
