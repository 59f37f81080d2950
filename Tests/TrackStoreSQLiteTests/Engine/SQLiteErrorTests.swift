import CSQLite
import Glibc
import Testing

@testable import TrackStoreSQLite

/// The meaning of SQLite's errors, which decides whether writing goes on.
@Suite(.timeLimit(.minutes(2))) struct SQLiteErrorTests {
  struct Case: Sendable {
    var code: Int32
    var extended: Int32 = 0
    var system: Int32 = 0
    var files: [Int32] = []
    var kind: SQLiteError.Kind
  }

  static let write: Int32 = 3
  static let sync: Int32 = 4

  static let cases = [
    Case(code: SQLITE_FULL, kind: .full),
    Case(code: SQLITE_BUSY, kind: .busy), Case(code: SQLITE_PROTOCOL, kind: .busy),
    Case(code: SQLITE_CONSTRAINT, kind: .constraint), Case(code: SQLITE_NOMEM, kind: .memory),
    Case(code: SQLITE_IOERR, extended: 12, kind: .memory),
    Case(code: SQLITE_IOERR, kind: .storage), Case(code: SQLITE_CORRUPT, kind: .storage),
    Case(code: SQLITE_MISUSE, kind: .other),
    // A write that failed for lack of space alone.
    Case(code: SQLITE_IOERR, extended: write, system: ENOSPC, kind: .full),
    Case(code: SQLITE_IOERR, extended: write, system: EDQUOT, kind: .full),
    Case(code: SQLITE_IOERR, extended: write, system: EIO, kind: .storage),
    Case(code: SQLITE_IOERR, extended: write, system: EIO, files: [0, ENOSPC], kind: .full),
    Case(code: SQLITE_IOERR, extended: write, system: ENOSPC, files: [EIO, 0], kind: .storage),
    Case(code: SQLITE_IOERR, extended: write, files: [ENOSPC, EIO], kind: .storage),
    Case(code: SQLITE_IOERR, extended: write, files: [EDQUOT, ENOSPC], kind: .full),
    // After a failed sync, the content of the disk is unknown, whatever the cause.
    Case(code: SQLITE_IOERR, extended: sync, system: ENOSPC, kind: .storage),
    Case(code: SQLITE_IOERR, extended: sync, files: [ENOSPC, 0], kind: .storage),
    // The index of the log.
    Case(code: SQLITE_IOERR, extended: 19, kind: .full),
    Case(code: SQLITE_CANTOPEN, system: ENOSPC, kind: .full),
    Case(code: SQLITE_CANTOPEN, system: ENOENT, kind: .storage),
  ]

  @Test(arguments: cases) func `tells want of space from a storage that failed`(_ one: Case) {
    let error = SQLiteError(
      extendedCode: one.code | one.extended << 8, systemError: one.system, fileErrors: one.files,
      message: "")
    #expect(error.kind == one.kind)
  }
}
