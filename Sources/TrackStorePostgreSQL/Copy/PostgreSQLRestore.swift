package import TrackDomain
import TrackStoreSQL

/// What is written of a restore into a database, whether servers use it or not.
package enum PostgreSQLRestore {
  /// Connects, brings the schema up to date, and runs `body` in one transaction. From then on servers
  /// of a release that knows no restores do not start on the database. Blocks.
  ///
  /// - Parameter connectionString: as libpq takes it; no error shows it.
  /// - Throws: `StoreOpenError`, as for an empty database, and what `body` throws.
  package static func write<Value>(
    _ connectionString: String, _ body: (any StoreTransaction) throws -> Value
  ) throws -> Value {
    let connection: PostgreSQLConnection
    do throws(PostgreSQLError) {
      connection = try PostgreSQLConnection(ConnectionString(connectionString))
    } catch {
      throw StoreOpenError.inaccessible(reason: "\(error)")
    }
    guard try connection.text("SELECT to_regclass('store_schema')::text")?.isEmpty == false else {
      throw StoreOpenError.inaccessible(reason: "it holds no store of trackd")
    }
    try Migration.run(on: connection)
    guard try !PostgreSQLCopyTarget.isUnfinished(connection) else {
      throw StoreOpenError.unfinishedCopy
    }
    return try transaction(connection, body)
  }

  private static func transaction<Value>(
    _ connection: PostgreSQLConnection, _ body: (any StoreTransaction) throws -> Value
  ) throws -> Value {
    let transaction = Transaction(connection)
    transaction.isAlone = true
    try connection.enqueue(command: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
    // What servers decide meanwhile, they decide before or after it.
    try connection.enqueue(command: GroupWriter.WideLock.exclude)
    do {
      var value: Value?
      try transaction.run(.everything) { value = try body($0) }
      try connection.execute(
        script: """
          UPDATE store_schema SET readable_from = \(Migration.restores)
            WHERE readable_from < \(Migration.restores);
          UPDATE store_head SET news = news + 1;
          """)
      try connection.commit()
      guard let value else { throw StoreError(.failed, "nothing was written") }
      return value
    } catch {
      try? connection.rollback()
      throw error
    }
  }
}
