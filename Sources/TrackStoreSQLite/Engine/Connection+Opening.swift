import CSQLite

extension Connection {
  /// The connection of the writer, to a database that is up to date.
  ///
  /// Checks whose file it is, and that nothing is lost, before it changes anything.
  ///
  /// - Parameter acceptsLoss: told what is lost, where that is accepted; nil where it is not.
  static func opening(
    _ directory: DataDirectory, vfs: String?, acceptsLoss: ((LogInspection.Damage) -> Void)? = nil
  ) throws(StoreOpenError) -> sending Connection {
    let path = directory.databasePath
    do {
      let damage = try LogInspection.damage(of: path, vfs: vfs)
      if let damage {
        guard let acceptsLoss else {
          throw StoreOpenError.losingWrites(path: path, reason: damage.description)
        }
        try directory.setLogAside(for: damage)
        acceptsLoss(damage)
      }
      if vfs == nil { try directory.makeDatabase() }
      let connection = try Connection(
        path: path, access: .readWrite, vfs: vfs, holding: directory)
      try connection.harden()
      connection.setBusyTimeout(milliseconds: 5000)
      let schema = try Migration.schema(of: connection, path: path)
      try connection.prepareForWriting()
      try Migration.run(on: connection, from: schema)
      try EnvironmentFolders.fill(connection)
      try KeptHosts.fill(connection)
      try connection.emptyLog()
      return connection
    } catch let error as StoreOpenError {
      throw error
    } catch let error as SQLiteError {
      throw StoreOpenError(error, path: path)
    } catch {
      throw .damaged(path: path, reason: "\(error)")
    }
  }

  /// Moves the log into the database. On a full disk it stays: it can be read from there.
  private func emptyLog() throws(SQLiteError) {
    do throws(SQLiteError) {
      _ = try checkpoint(.truncate)
    } catch  where error.kind == .full {
    }
  }

  private func prepareForWriting() throws(SQLiteError) {
    guard try text("PRAGMA journal_mode = WAL") == "wal" else {
      throw SQLiteError(
        extendedCode: SQLITE_CANTOPEN, message: "the file system does not allow a write-ahead log")
    }
    // A commit returns when the log is synced.
    try execute("PRAGMA synchronous = FULL")
    try execute("PRAGMA foreign_keys = ON")
    // Checkpoints are the writer's business.
    try execute("PRAGMA wal_autocheckpoint = 0")
    // The log's file keeps its size when it starts anew: to grow a file costs more syncs.
    try execute("PRAGMA journal_size_limit = 67108864")
    try execute("PRAGMA secure_delete = OFF")
    try execute("PRAGMA temp_store = MEMORY")
    try execute("PRAGMA cache_size = -32768")
  }

  /// A connection that reads.
  static func reading(
    _ directory: DataDirectory, vfs: String?
  ) throws(SQLiteError) -> Connection {
    let connection = try Connection(
      path: directory.databasePath, access: .readOnly, vfs: vfs, holding: directory)
    try connection.harden()
    // Readers wait for nobody but a shell that recovers the log.
    connection.setBusyTimeout(milliseconds: 100)
    try connection.execute("PRAGMA temp_store = MEMORY")
    try connection.execute("PRAGMA cache_size = -32768")
    return connection
  }
}

extension StoreOpenError {
  init(_ error: SQLiteError, path: String) {
    switch error.code {
    case SQLITE_NOTADB: self = .foreign(path: path)
    case SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM, SQLITE_FULL:
      self = .inaccessible(path: path, reason: error.message)
    default: self = .damaged(path: path, reason: error.message)
    }
  }
}
