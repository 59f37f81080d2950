internal import CSQLite

/// One prepared statement. Belongs to its connection and to that connection's thread.
@safe final class Statement {
  private let handle: OpaquePointer
  private let connection: OpaquePointer

  /// Takes over `handle`, which `deinit` finalizes; `connection` outlives the statement.
  init(owning handle: OpaquePointer, of connection: OpaquePointer) {
    unsafe self.handle = handle
    unsafe self.connection = connection
  }

  deinit {
    // Repeats the code of the last step, which was reported there.
    _ = unsafe sqlite3_finalize(handle)
  }

  // MARK: Running

  /// Runs to the next row; false at the end.
  func step() throws(SQLiteError) -> Bool {
    switch unsafe sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw unsafe SQLiteError(lastOf: connection)
    }
  }

  /// Runs to the end and makes the statement ready for the next use.
  func run() throws(SQLiteError) {
    defer { reset() }
    while try step() {}
  }

  /// Ends the run; bound values stay.
  func reset() {
    // Repeats the code of the last step, which was reported there.
    _ = unsafe sqlite3_reset(handle)
  }

  // MARK: Binding, from 1

  func bind(_ index: Int32, _ value: Int64) {
    // SQLITE_RANGE and SQLITE_MISUSE would be mistakes of ours; the step then reports a constraint.
    let code = unsafe sqlite3_bind_int64(handle, index, value)
    assert(code == SQLITE_OK)
  }

  func bind(_ index: Int32, _ value: Bool) { bind(index, value ? 1 : 0) }

  func bindNull(_ index: Int32) {
    let code = unsafe sqlite3_bind_null(handle, index)
    assert(code == SQLITE_OK)
  }

  /// Throws SQLITE_NOMEM or SQLITE_TOOBIG.
  func bind(_ index: Int32, _ value: String) throws(SQLiteError) {
    var value = value
    let code = value.withUTF8 { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
        unsafe csqlite_bind_text(handle, index, characters.baseAddress, UInt64(characters.count))
      }
    }
    if code != SQLITE_OK { throw unsafe SQLiteError(lastOf: connection) }
  }

  /// Throws SQLITE_NOMEM or SQLITE_TOOBIG.
  func bind(_ index: Int32, _ value: [UInt8]) throws(SQLiteError) {
    let code = unsafe value.withUnsafeBytes { bytes in
      unsafe csqlite_bind_blob(handle, index, bytes.baseAddress, UInt64(bytes.count))
    }
    if code != SQLITE_OK { throw unsafe SQLiteError(lastOf: connection) }
  }

  // MARK: Columns of the row, from 0

  func int(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

  func bool(_ column: Int32) -> Bool { int(column) != 0 }

  func isNull(_ column: Int32) -> Bool {
    unsafe sqlite3_column_type(handle, column) == SQLITE_NULL
  }

  /// The text, with embedded NULs; empty for NULL. Invalid UTF-8 is repaired: the store writes none.
  func text(_ column: Int32) -> String {
    guard let start = unsafe sqlite3_column_text(handle, column) else { return "" }
    let count = Int(unsafe sqlite3_column_bytes(handle, column))
    return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  /// The bytes; empty for NULL.
  func blob(_ column: Int32) -> [UInt8] {
    guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
    let count = Int(unsafe sqlite3_column_bytes(handle, column))
    return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
  }
}
