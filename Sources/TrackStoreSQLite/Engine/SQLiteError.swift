import CSQLite
import Glibc

/// What SQLite reported: its result code, the extended one, and its message.
struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The extended result code (`SQLITE_IOERR_FSYNC`); its low byte is the primary one.
  var extendedCode: Int32
  /// `errno` as it was when the error was reported, or 0: of the system call that failed, unless
  /// SQLite made another one meanwhile.
  var systemError: Int32 = 0
  /// `errno` of what failed last on the files: the database's and the log's. A COMMIT that fails
  /// makes calls of its own before it reports, but these stay.
  var fileErrors: [Int32] = []
  /// SQLite's message, for logs.
  var message: String

  /// The primary result code (`SQLITE_IOERR`).
  var code: Int32 { extendedCode & 0xff }

  var description: String { "SQLite error \(extendedCode): \(message)" }
}

extension SQLiteError {
  /// What an error means to the store.
  enum Kind {
    /// The statement broke a rule of the schema, and only it was undone.
    case constraint
    /// There is no space for it; goes by when there is.
    case full
    /// Someone else, such as the `sqlite3` shell, has the database locked.
    case busy
    /// The memory of the process is used up.
    case memory
    /// The storage failed or lies: what was written last may or may not be there.
    case storage
    /// Anything else: a mistake of ours.
    case other
  }

  var kind: Kind {
    switch code {
    case SQLITE_CONSTRAINT: .constraint
    case SQLITE_FULL: .full
    // SQLITE_PROTOCOL: it lost the race for a lock of the write-ahead log for some ten seconds, on
    // a machine with too much to do.
    case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: .busy
    case SQLITE_NOMEM: .memory
    // A sync that fails says nothing about what reached the disk, whatever its cause.
    case SQLITE_IOERR where isOutOfSpace: .full
    // The index of the log could not grow. It holds nothing that the log does not, and SQLite keeps
    // the cause in none of the places that `fileErrors` has.
    case SQLITE_IOERR where extendedCode == SQLiteError.ioErrorIndexSize: .full
    case SQLITE_CANTOPEN where SQLiteError.isSpace(systemError): .full
    case SQLITE_IOERR where extendedCode == SQLiteError.ioErrorNoMemory: .memory
    case SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CANTOPEN, SQLITE_READONLY: .storage
    default: .other
    }
  }

  /// Whether a read found a disk or a file that is broken.
  var isDamage: Bool {
    code == SQLITE_CORRUPT || code == SQLITE_NOTADB || extendedCode == SQLiteError.ioErrorRead
      || extendedCode == SQLiteError.ioErrorCorruptFileSystem
  }

  /// Whether a call that takes space failed for want of it, and nothing else did.
  private var isOutOfSpace: Bool {
    guard SQLiteError.takingSpace.contains(extendedCode) else { return false }
    let causes = fileErrors.filter { $0 != 0 }
    if causes.isEmpty { return SQLiteError.isSpace(systemError) }
    return causes.allSatisfy(SQLiteError.isSpace)
  }

  private static func isSpace(_ error: Int32) -> Bool { error == ENOSPC || error == EDQUOT }

  /// A file or the folder of the store is not what was opened (SQLITE_READONLY_DBMOVED).
  static func moved(_ what: String) -> SQLiteError {
    SQLiteError(
      extendedCode: SQLITE_READONLY | (4 << 8),
      message: "\(what) was removed, renamed or replaced")
  }

  // Swift does not import these macros, which are expressions.
  private static let ioErrorRead: Int32 = SQLITE_IOERR | (1 << 8)
  private static let ioErrorCorruptFileSystem: Int32 = SQLITE_IOERR | (33 << 8)
  /// Writing, truncating, and mapping the log's index. No syncs.
  private static let takingSpace: [Int32] = [3, 6, 18, 21].map { SQLITE_IOERR | ($0 << 8) }
  /// SQLITE_IOERR_SHMSIZE.
  private static let ioErrorIndexSize: Int32 = SQLITE_IOERR | (19 << 8)
  private static let ioErrorNoMemory: Int32 = SQLITE_IOERR | (12 << 8)
  static let constraintCheck: Int32 = SQLITE_CONSTRAINT | (1 << 8)
  static let constraintForeignKey: Int32 = SQLITE_CONSTRAINT | (3 << 8)
  static let constraintPrimaryKey: Int32 = SQLITE_CONSTRAINT | (6 << 8)
  static let constraintUnique: Int32 = SQLITE_CONSTRAINT | (8 << 8)
}
