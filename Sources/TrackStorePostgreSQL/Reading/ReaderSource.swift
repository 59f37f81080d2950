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
    SnapshotReader(try connect(), self)
  }

  nonisolated(nonsending) func makeLongReader() async throws -> sending any SnapshotConnection {
    try await longReaders.take(from: connector) { try makeReader() }
  }

  func recycle(_ connection: any SnapshotConnection) { longReaders.give(connection) }

  /// A connection that broke is not used again.
  func check(_ connection: any SnapshotConnection) {}

  func waitForSnapshots() async throws {}
}

extension ReaderSource {
  /// Begins a transaction that reads one state of the database.
  static let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

  func connect() throws(StoreError) -> PostgreSQLConnection {
    try connector.connect(patience: patience)
  }

  /// The same on a thread that is there for it.
  func connectElsewhere() async throws -> LongReaders.Passage<PostgreSQLConnection> {
    try await longReaders.connect(from: connector) { try connect() }
  }

  /// Whether a connection from which nothing is awaited can be used.
  func isUsable(_ connection: PostgreSQLConnection) -> Bool {
    connector.isCurrent(connection) && connection.isUsable
  }

  /// Ends the transaction. Does not wait; a connection that breaks here is not used again.
  static func end(_ connection: PostgreSQLConnection) {
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

/// A connection that reads, one state of the database at a time.
private struct SnapshotReader: SnapshotConnection {
  let connection: PostgreSQLConnection
  let reader: Reader
  private let source: ReaderSource

  init(_ connection: PostgreSQLConnection, _ source: ReaderSource) {
    self.connection = connection
    self.source = source
    reader = Reader(connection, source.retention)
  }

  var isUsable: Bool { source.isUsable(connection) }

  func begin() throws(StoreError) {
    try connection.rollback()
    try connection.enqueue(command: ReaderSource.begin)
  }

  func end() { ReaderSource.end(connection) }
}
