import EventLoop
import TrackDomain
import TrackStoreSQL

/// Makes the connections of `CommitHints`. Any thread.
struct HintSource: Sendable {
  private let connector: Connector
  /// The store's key for tokens, by which its database is known.
  private let store: [UInt8]
  private let longReaders: LongReaders
  private let patience: Duration

  /// Connects once; blocks. Throws where there is another database, or none that can be meant; one
  /// that does not answer now may do so later.
  init(
    _ string: String, store: [UInt8], _ longReaders: LongReaders, _ patience: Duration
  ) throws {
    connector = Connector(try ConnectionString(string))
    self.store = store
    self.longReaders = longReaders
    self.patience = patience
    do {
      _ = try makeConnection()
    } catch let error as StoreError where error.kind == .unavailable {
    }
  }

  func connect() async throws -> LongReaders.Passage<PostgreSQLConnection> {
    try await longReaders.connect(from: connector) { try makeConnection() }
  }

  private func makeConnection() throws -> PostgreSQLConnection {
    let connection = try connector.connect(patience: patience)
    guard try PostgreSQLTrackStore.key(Self.key, connection) == store else {
      throw StoreError(.failed, "the connection for hints of commits leads to another database")
    }
    guard connection.preparesStatements else {
      throw StoreError(.failed, "the connection for hints of commits leads through a pooler")
    }
    return connection
  }

  /// The key of the database that a connection leads to.
  static let key = "SELECT key FROM token_key WHERE one = 1"
}
