import Glibc
package import TrackDomain
import TrackStoreSQL

/// What is written of a restore into a database that no server has.
package enum StoreRestoring {
  /// Runs `body` in a transaction of the database of a data folder, which nobody uses meanwhile.
  /// Blocks.
  ///
  /// - Throws: `StoreOpenError`, as when the folder is served, and what `body` throws.
  package static func write<Value>(
    inDirectory path: String, _ body: (any StoreTransaction) throws -> Value
  ) throws -> Value {
    let file = path + "/trackd.db"
    guard unsafe access(file, F_OK) == 0 else { throw StoreCopyError.noSource(path: file) }
    let directory = try DataDirectory(path)
    try directory.checkForDatabase()
    return try write(on: Connection.opening(directory, vfs: nil), body)
  }

  /// The same for a database in a file of its own, which is brought up to date.
  static func write<Value>(
    inFile path: String, _ body: (any StoreTransaction) throws -> Value
  ) throws -> Value {
    let connection = try Connection(path: path, access: .readWrite)
    try connection.harden()
    let schema = try Migration.schema(of: connection, path: path)
    try connection.execute("PRAGMA foreign_keys = ON")
    try Migration.run(on: connection, from: schema)
    try EnvironmentFolders.fill(connection)
    try KeptHosts.fill(connection)
    return try write(on: connection, body)
  }

  private static func write<Value>(
    on connection: Connection, _ body: (any StoreTransaction) throws -> Value
  ) throws -> Value {
    let transaction = Transaction(connection)
    transaction.isAlone = true
    try connection.execute("BEGIN IMMEDIATE")
    do {
      var value: Value?
      try transaction.run(.everything) { value = try body($0) }
      try connection.execute("COMMIT")
      guard let value else { throw StoreError(.failed, "nothing was written") }
      return value
    } catch {
      try? connection.execute("ROLLBACK")
      throw error
    }
  }
}
