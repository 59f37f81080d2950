import CSQLite
import Glibc

/// Copies of databases as files of their own.
enum DatabaseFile {
  /// Copies a database as it is now, in one piece: others may write to it meanwhile. The copy is one
  /// file, which nobody but this user can read, is whole, and has reached the disk.
  static func copy(_ source: borrowing Connection, to path: String) throws(StoreOpenError) {
    do throws(SQLiteError) {
      try fill(path, from: source)
      try check(path)
    } catch {
      throw StoreOpenError(error, path: path)
    }
    try sync(path)
  }

  private static func fill(
    _ path: String, from source: borrowing Connection
  ) throws(SQLiteError) {
    let target = try Connection(path: path, access: .readWrite)
    // What is not whole is never used.
    try target.execute("PRAGMA synchronous = OFF")
    try target.execute("PRAGMA journal_mode = MEMORY")
    try source.copyPages(to: target)
  }

  /// Opens the copy, so that what its header says of a log is taken back, and looks at all of it.
  private static func check(_ path: String) throws(SQLiteError) {
    let copy = try Connection(path: path, access: .readWrite)
    guard try copy.text("PRAGMA journal_mode = DELETE") == "delete" else {
      throw SQLiteError(extendedCode: SQLITE_CANTOPEN, message: "the copy keeps a log")
    }
    guard let fault = try copy.text("PRAGMA integrity_check(1)"), fault == "ok" else {
      throw SQLiteError(extendedCode: SQLITE_CORRUPT, message: "the database is damaged")
    }
    if try copy.prepare("PRAGMA foreign_key_check").next() {
      throw SQLiteError(
        extendedCode: SQLITE_CORRUPT, message: "rows refer to others that are not there")
    }
  }

  private static func sync(_ path: String) throws(StoreOpenError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path) }
    defer { _ = Glibc.close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .system(path) }
  }

  /// Makes an empty file that is private from its first byte.
  static func make(_ path: String) throws(StoreOpenError) {
    let descriptor = unsafe open(
      path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .system(path) }
    defer { _ = Glibc.close(descriptor) }
    guard fchmod(descriptor, 0o600) == 0 else { throw .system(path) }
  }

  /// Removes a database with what SQLite keeps beside it.
  static func remove(_ path: String) {
    for suffix in ["", "-journal", "-wal", "-shm"] { _ = unsafe unlink(path + suffix) }
  }
}
