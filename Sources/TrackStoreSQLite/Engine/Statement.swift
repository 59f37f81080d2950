import CSQLite
import Glibc
import TrackDomain

/// One prepared statement. Belongs to its connection and to that connection's thread.
@safe final class Statement {
  private let handle: OpaquePointer
  private let connection: OpaquePointer
  /// Short texts that are bound to the first parameters, a slot for each: SQLite reads them here
  /// instead of making a copy of its own.
  private let texts: UnsafeMutablePointer<CChar>
  private static let slots: Int32 = 4
  private static let slotSize = 64
  private var bindingFault: Int32?
  /// What is wrong with a value of the row that was read, and that no version of trackd wrote.
  @safe @exclusivity(unchecked) private var oddity: String?

  /// Takes over `handle`, which `deinit` finalizes; `connection` outlives the statement.
  init(owning handle: OpaquePointer, of connection: OpaquePointer) {
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

  /// Runs to the next row; false at the end.
  func step() throws(SQLiteError) -> Bool {
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

  // MARK: Binding, from 1. What goes wrong, for want of memory, is thrown by the next step.

  func bind(_ index: Int32, _ value: Int64) {
    check(unsafe sqlite3_bind_int64(handle, index, value))
  }

  func bind(_ index: Int32, _ value: Int) { bind(index, Int64(value)) }

  func bind(_ index: Int32, _ value: Bool) { bind(index, value ? 1 as Int64 : 0) }

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

  /// Nil is NULL.
  func bind(_ index: Int32, _ value: Timestamp?) {
    if let value { bind(index, value.microseconds) } else { bindNull(index) }
  }

  /// The empty text is NULL.
  func bind(_ index: Int32, emptyIsNull value: String) {
    if value.isEmpty { bindNull(index) } else { bind(index, value) }
  }

  private func check(_ code: Int32) {
    if code != SQLITE_OK { bindingFault = code }
  }

  // MARK: Columns of the row, from 0
  //
  // A value that cannot be is read as another one, and `check` throws for the row.

  /// Of texts, and of blobs: far more than the store writes.
  private static let longest = (text: 1 << 20, blob: 16 << 20)

  /// Throws when a value of the row cannot be. To be called when the row has been read.
  func check(_ what: @autoclosure () -> String) throws(StoreError) {
    if let oddity { throw .unreadable("\(what()), for \(oddity),") }
  }

  private func note(_ column: Int32, _ what: String) {
    if oddity == nil { oddity = "\(what) in column \(column)" }
  }

  func int(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

  func bool(_ column: Int32) -> Bool {
    let number = int(column)
    if number & ~1 != 0 { note(column, "a flag that is \(number)") }
    return number != 0
  }

  /// A number that only grows, from 0 on, and has room to go on.
  func counter(_ column: Int32) -> Int64 {
    let number = int(column)
    if number >= 0 && number < 1 << 62 { return number }
    note(column, "the number \(number)")
    return 0
  }

  /// A number from 0 to `Int32.max`.
  func natural32(_ column: Int32) -> Int32 {
    let number = int(column)
    if number >= 0, let small = Int32(exactly: number) { return small }
    note(column, "the number \(number)")
    return 0
  }

  func byte(_ column: Int32) -> UInt8 {
    let number = int(column)
    if let byte = UInt8(exactly: number) { return byte }
    note(column, "the number \(number)")
    return 0
  }

  func isNull(_ column: Int32) -> Bool {
    unsafe sqlite3_column_type(handle, column) == SQLITE_NULL
  }

  /// The text, with embedded NULs; empty for NULL. Invalid UTF-8 is repaired: the store writes
  /// none.
  func text(_ column: Int32) -> String {
    guard let start = unsafe sqlite3_column_text(handle, column) else { return "" }
    let count = Int(unsafe sqlite3_column_bytes(handle, column))
    if count == 0 { return "" }
    if count > Self.longest.text {
      note(column, "a text of \(count) bytes")
      return ""
    }
    return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  func time(_ column: Int32) -> Timestamp {
    if let time = Timestamp(exactly: int(column)) { return time }
    note(column, "the time \(int(column))")
    return .earliest
  }

  func optionalTime(_ column: Int32) -> Timestamp? { isNull(column) ? nil : time(column) }

  /// The case with the number of the column; nil for a number that the schema does not allow.
  func value<Value: RawRepresentable<UInt8>>(_ column: Int32, _ type: Value.Type) -> Value? {
    UInt8(exactly: int(column)).flatMap { Value(rawValue: $0) }
  }

  func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  /// Whether the bytes are these; NULL counts as empty.
  func blob(_ column: Int32, equals bytes: [UInt8]) -> Bool {
    let start = unsafe sqlite3_column_blob(handle, column)
    guard Int(unsafe sqlite3_column_bytes(handle, column)) == bytes.count else { return false }
    guard let start = unsafe start else { return true }
    return unsafe bytes.withUnsafeBytes { other in
      guard let other = other.baseAddress else { return true }
      return unsafe memcmp(start, other, bytes.count) == 0
    }
  }

  /// The bytes; empty for NULL.
  func blob(_ column: Int32) -> [UInt8] {
    guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
    let count = Int(unsafe sqlite3_column_bytes(handle, column))
    if count > Self.longest.blob {
      note(column, "\(count) bytes")
      return []
    }
    return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
  }
}
