import CSQLite
import Glibc
import TrackDomain
import TrackStoreSQL

/// One prepared statement. Belongs to its connection and to that connection's thread.
@safe final class SQLiteStatement: Statement {
  private let handle: OpaquePointer
  private let connection: OpaquePointer
  private let faults: FaultNote
  /// Short texts that are bound to the first parameters, a slot for each: SQLite reads them here
  /// instead of making a copy of its own.
  private let texts: UnsafeMutablePointer<CChar>
  private static let slots: Int32 = 4
  private static let slotSize = 64
  private var bindingFault: Int32?
  @safe @exclusivity(unchecked) var oddity: String?

  /// Takes over `handle`, which `deinit` finalizes; `connection` outlives the statement.
  init(
    owning handle: OpaquePointer, of connection: OpaquePointer, noting faults: FaultNote
  ) {
    self.faults = faults
    unsafe self.handle = handle
    unsafe self.connection = connection
    unsafe texts = .allocate(capacity: Int(Self.slots) * Self.slotSize)
  }

  deinit {
    // Repeats the code of the last step, which was reported there.
    _ = unsafe sqlite3_finalize(handle)
    unsafe texts.deallocate()
  }

  /// The text it was prepared from.
  var sql: String {
    guard let text = unsafe sqlite3_sql(handle) else { return "" }
    return unsafe String(cString: text)
  }

  /// How many instructions its runs took since this was asked the last time, for tests: what it
  /// costs, independent of the machine.
  func takeInstructions() -> Int {
    Int(unsafe sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_VM_STEP, 1))
  }

  /// How often it was run since this was asked the last time, for tests.
  func takeRuns() -> Int { Int(unsafe sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_RUN, 1)) }

  // MARK: Running

  func step() throws(StoreError) -> Bool {
    do { return try next() } catch { throw faults.note(error) }
  }

  @discardableResult
  func run() throws(StoreError) -> Int {
    do { try execute() } catch { throw faults.note(error) }
    return Int(unsafe sqlite3_changes64(connection))
  }

  func send(changing what: (@Sendable () -> String)?) throws(StoreError) {
    try check(changes: run(), what)
  }

  /// As `step`, for what is no reader and no transaction.
  func next() throws(SQLiteError) -> Bool {
    if let code = bindingFault {
      bindingFault = nil
      throw SQLiteError(extendedCode: code, message: "a value could not be bound")
    }
    oddity = nil
    switch unsafe sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw unsafe SQLiteError(lastOf: connection)
    }
  }

  /// As `run`, for what is no reader and no transaction.
  func execute() throws(SQLiteError) {
    defer { reset() }
    while try next() {}
  }

  func reset() {
    // Repeats the code of the last step, which was reported there.
    _ = unsafe sqlite3_reset(handle)
  }

  // MARK: Binding

  func bind(_ index: Int32, _ value: Int64) {
    check(unsafe sqlite3_bind_int64(handle, index, value))
  }

  func bindNull(_ index: Int32) {
    check(unsafe sqlite3_bind_null(handle, index))
  }

  func bind(_ index: Int32, _ value: String) {
    var value = value
    let code = value.withUTF8 { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
        unsafe bind(index, characters)
      }
    }
    check(code)
  }

  private func bind(_ index: Int32, _ characters: UnsafeBufferPointer<CChar>) -> Int32 {
    let count = UInt64(characters.count)
    guard index <= Self.slots, characters.count <= Self.slotSize,
      let start = characters.baseAddress
    else { return unsafe csqlite_bind_text(handle, index, characters.baseAddress, count) }
    let slot = unsafe texts + Int(index - 1) * Self.slotSize
    unsafe slot.update(from: start, count: characters.count)
    return unsafe csqlite_bind_text_in_place(handle, index, slot, count)
  }

  func bind(_ index: Int32, _ value: [UInt8]) {
    let code = unsafe value.withUnsafeBytes { bytes in
      unsafe csqlite_bind_blob(handle, index, bytes.baseAddress, UInt64(bytes.count))
    }
    check(code)
  }

  private func check(_ code: Int32) {
    if code != SQLITE_OK { bindingFault = code }
  }

  // MARK: Columns

  func int(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

  func isNull(_ column: Int32) -> Bool {
    unsafe sqlite3_column_type(handle, column) == SQLITE_NULL
  }

  /// Invalid UTF-8 is repaired: the store writes none.
  func text(_ column: Int32) -> String {
    guard let start = unsafe sqlite3_column_text(handle, column) else { return "" }
    let count = Int(unsafe sqlite3_column_bytes(handle, column))
    if count == 0 { return "" }
    if count > LongestValue.text {
      note(column, "a text of \(count) bytes")
      return ""
    }
    return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  func blob(_ column: Int32, equals bytes: [UInt8]) -> Bool {
    let start = unsafe sqlite3_column_blob(handle, column)
    guard Int(unsafe sqlite3_column_bytes(handle, column)) == bytes.count else { return false }
    guard let start = unsafe start else { return true }
    return unsafe bytes.withUnsafeBytes { other in
      guard let other = other.baseAddress else { return true }
      return unsafe memcmp(start, other, bytes.count) == 0
    }
  }

  func blob(_ column: Int32) -> [UInt8] {
    guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
    let count = Int(unsafe sqlite3_column_bytes(handle, column))
    if count > LongestValue.blob {
      note(column, "\(count) bytes")
      return []
    }
    return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
  }
}
