import CSQLite
import CStoreMemory
import TrackStoreSQL

/// One connection to one database file.
///
/// Confined to one thread at a time: SQLite is told to use no mutex ("multi-thread" mode, "a
/// connection is not used by two threads at the same time").
@safe final class Connection {
  /// How a connection is going to be used.
  enum Access {
    /// Creates the file where it is missing.
    case readWrite
    case readOnly
  }

  private let handle: OpaquePointer
  /// Locked as long as there are connections.
  private let directory: DataDirectory?
  /// Statements prepared once, by the slot of their query.
  @safe @exclusivity(unchecked) private var statements: [SQLiteStatement?]
  private var busyTimeout: Int32 = 0
  let faults = FaultNote()

  /// Opens `path` in the virtual file system named `vfs`, or in the default one.
  ///
  /// Throws SQLITE_CANTOPEN when the file cannot be opened; other faults of the file show later.
  init(
    path: String, access: Access, vfs: String? = nil, holding directory: DataDirectory? = nil
  ) throws(SQLiteError) {
    let flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    let mode =
      access == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    try Connection.configure()
    var opened: OpaquePointer?
    let code =
      if let vfs {
        unsafe sqlite3_open_v2(path, &opened, flags | mode, vfs)
      } else {
        unsafe sqlite3_open_v2(path, &opened, flags | mode, nil)
      }
    guard let connection = unsafe opened else {
      throw SQLiteError(extendedCode: SQLITE_NOMEM, message: "out of memory")
    }
    guard code == SQLITE_OK else {
      let error = unsafe SQLiteError(lastOf: connection)
      _ = unsafe sqlite3_close_v2(connection)
      throw error
    }
    unsafe handle = connection
    self.directory = directory
    statements = []
  }

  deinit {
    statements = []
    // With all statements gone this cannot be SQLITE_BUSY; the file is closed in any case.
    _ = unsafe sqlite3_close_v2(handle)
  }

  /// Sets SQLite up for this process. Goes before everything else that is asked of it, because
  /// after its start it takes no settings.
  static func configure() throws(SQLiteError) {
    guard isConfigured else {
      throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "SQLite could not be configured")
    }
  }

  private static let isConfigured: Bool = {
    // SQLITE_MISUSE: it runs already in this process, and stays as it is.
    let memory = cstorememory_install()
    return (memory == SQLITE_OK || memory == SQLITE_MISUSE) && csqlite_configure() == SQLITE_OK
  }()

  // MARK: Statements

  /// Prepares `sql`, for one use or a few.
  func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
    try prepare(sql, flags: 0)
  }

  /// The statement of `query`, prepared at its first use and kept.
  func statement(_ query: Query) throws(SQLiteError) -> SQLiteStatement {
    let slot = query.slot
    if slot < statements.count, let statement = statements[slot] { return statement }
    let statement = try prepare(query.text(for: .sqlite), flags: UInt32(SQLITE_PREPARE_PERSISTENT))
    while statements.count <= slot { statements.append(nil) }
    statements[slot] = statement
    return statement
  }

  /// The texts of the statements that are kept, for tests.
  var preparedQueries: [String] { statements.compactMap { $0?.sql } }

  /// How many instructions they took since this was asked the last time, for tests.
  func takeInstructions() -> Int { statements.reduce(0) { $0 + ($1?.takeInstructions() ?? 0) } }

  /// How many statements were run since this was asked the last time, for tests.
  func takeRuns() -> Int { statements.reduce(0) { $0 + ($1?.takeRuns() ?? 0) } }

  /// Runs one statement without values and ignores its rows.
  func execute(_ sql: String) throws(SQLiteError) {
    try prepare(sql).execute()
  }

  /// Runs the statements of a script, one after the other.
  func execute(script: String) throws(SQLiteError) {
    let code = unsafe sqlite3_exec(handle, script, nil, nil, nil)
    if code != SQLITE_OK { throw unsafe SQLiteError(lastOf: handle) }
  }

  /// The first column of the first row of `sql`, or nil without a row.
  func integer(_ sql: String) throws(SQLiteError) -> Int64? {
    let statement = try prepare(sql)
    return try statement.next() ? statement.int(0) : nil
  }

  /// The first column of the first row of `sql`, or nil without a row.
  func text(_ sql: String) throws(SQLiteError) -> String? {
    let statement = try prepare(sql)
    return try statement.next() ? statement.text(0) : nil
  }

  private func prepare(_ sql: String, flags: UInt32) throws(SQLiteError) -> SQLiteStatement {
    var prepared: OpaquePointer?
    let code = unsafe sqlite3_prepare_v3(handle, sql, -1, flags, &prepared, nil)
    guard code == SQLITE_OK, let statement = unsafe prepared else {
      if code != SQLITE_OK { throw unsafe SQLiteError(lastOf: handle) }
      throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "no statement in \(sql)")
    }
    return unsafe SQLiteStatement(owning: statement, of: handle, noting: faults)
  }

  // MARK: State

  /// Whether a transaction is open: SQLite closes it by itself after some errors.
  var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

  /// The row's number that the last INSERT gave, those of triggers apart.
  var insertedRow: Int64 { unsafe sqlite3_last_insert_rowid(handle) }

  /// How long a lock of somebody else is waited for.
  func setBusyTimeout(milliseconds: Int32) {
    if milliseconds == busyTimeout { return }
    busyTimeout = milliseconds
    // Fails only for a closed connection.
    _ = unsafe sqlite3_busy_timeout(handle, milliseconds)
  }

  /// Refuses what no statement of ours needs: statements that could corrupt the file on purpose,
  /// and strings in double quotes.
  func harden() throws(SQLiteError) {
    for (setting, on) in [
      (SQLITE_DBCONFIG_DEFENSIVE, 1), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
      (SQLITE_DBCONFIG_DQS_DML, 0), (SQLITE_DBCONFIG_DQS_DDL, 0),
      // The writer makes checkpoints, and makes none when the storage has failed.
      (SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1),
    ] where unsafe csqlite_set(handle, setting, Int32(on)) != SQLITE_OK {
      throw unsafe SQLiteError(lastOf: handle)
    }
  }

  /// Copies all pages of the database at once, those of the log with them: they are of one state,
  /// whoever writes meanwhile. No log can start anew until that is done.
  func copyPages(to target: borrowing Connection) throws(SQLiteError) {
    guard let backup = unsafe sqlite3_backup_init(target.handle, "main", handle, "main") else {
      throw unsafe SQLiteError(lastOf: target.handle)
    }
    let code = unsafe sqlite3_backup_step(backup, -1)
    // Repeats the code of the step, unless that is SQLITE_DONE, SQLITE_BUSY or SQLITE_LOCKED.
    let end = unsafe sqlite3_backup_finish(backup)
    guard code == SQLITE_DONE, end == SQLITE_OK else {
      throw SQLiteError(
        extendedCode: code == SQLITE_DONE ? end : code, message: "the database could not be copied")
    }
  }

  // MARK: Write-ahead log

  /// How far a checkpoint came.
  struct CheckpointResult {
    /// Frames in the log.
    var logged: Int
    /// Of those, frames that are in the database file too.
    var moved: Int
  }

  /// What a checkpoint does to the log.
  enum CheckpointMode {
    /// Moves what no reader prevents. Once all of it is moved and no reader is left in it, the next
    /// write starts the log anew.
    case passive
    /// Cuts the log's file to nothing, if no reader prevents it.
    case truncate
  }

  /// Moves frames of the log into the database file, and waits for nobody.
  ///
  /// SQLITE_BUSY, a reader that prevents something, is no error: the result says how far it came.
  func checkpoint(_ mode: CheckpointMode) throws(SQLiteError) -> CheckpointResult {
    var logged: Int32 = 0
    var moved: Int32 = 0
    let flag = mode == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE
    let timeout = busyTimeout
    setBusyTimeout(milliseconds: 0)
    defer { setBusyTimeout(milliseconds: timeout) }
    let code = unsafe sqlite3_wal_checkpoint_v2(handle, nil, flag, &logged, &moved)
    if code != SQLITE_OK && code & 0xff != SQLITE_BUSY {
      throw unsafe SQLiteError(lastOf: handle)
    }
    return CheckpointResult(logged: Int(max(0, logged)), moved: Int(max(0, moved)))
  }

  /// How many pages were written to the log since the last time this was asked.
  func takeWrittenPages() -> Int {
    var pages: Int32 = 0
    var highest: Int32 = 0
    // Fails only for an unknown counter.
    _ = unsafe sqlite3_db_status(handle, SQLITE_DBSTATUS_CACHE_WRITE, &pages, &highest, 1)
    return Int(pages)
  }
}

extension SQLiteError {
  /// What the last call on `connection` reported.
  init(lastOf connection: OpaquePointer) {
    let text = unsafe sqlite3_errmsg(connection)
    let code = unsafe sqlite3_extended_errcode(connection)
    let fileErrors =
      code & 0xff == SQLITE_IOERR
      ? unsafe [csqlite_file_errno(connection, 0), csqlite_file_errno(connection, 1)] : []
    unsafe self.init(
      extendedCode: code, systemError: sqlite3_system_errno(connection), fileErrors: fileErrors,
      message: text.map { unsafe String(cString: $0) } ?? "")
  }
}
