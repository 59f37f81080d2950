import TrackDomain
import TrackStoreSQL

/// Opens connections of a store for its readers. Any thread.
struct ReaderSource: SnapshotSource {
  let connector: Connector
  let retention: Retention
  /// How long an answer may take: then its connection is given up.
  let patience: Duration
  let longReaders: LongReaders

  func makeReader() throws(StoreError) -> any SnapshotConnection {
    SnapshotReader(try connector.connect(patience: patience), retention, connector)
  }

  nonisolated(nonsending) func makeLongReader() async throws -> sending any SnapshotConnection {
    try await longReaders.take { try makeReader() }
  }

  func recycle(_ connection: any SnapshotConnection) { longReaders.give(connection) }

  /// A connection that broke is not used again.
  func check(_ connection: any SnapshotConnection) {}

  func waitForSnapshots() async throws {}
}

/// A connection that reads, one state of the database at a time.
private struct SnapshotReader: SnapshotConnection {
  let connection: PostgreSQLConnection
  let reader: Reader
  private let connector: Connector

  init(_ connection: PostgreSQLConnection, _ retention: Retention, _ connector: Connector) {
    self.connection = connection
    self.connector = connector
    reader = Reader(connection, retention)
  }

  var isUsable: Bool { connector.isCurrent(connection) && connection.isUsable }

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
