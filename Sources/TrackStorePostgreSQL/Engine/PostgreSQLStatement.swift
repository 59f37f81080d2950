import CPostgreSQL
import Glibc
import TrackDomain
import TrackStoreSQL

/// One statement of a connection, with its values and its rows. Belongs to its connection and to
/// that connection's thread.
///
/// A run has all of its rows in memory before the first is read: queries have a limit.
@safe final class PostgreSQLStatement: Statement {
  /// Whether the server knows the statement by its name.
  private enum Preparation {
    case none
    /// On its way, before the statement's first run.
    case sent
    case done
  }

  private let pipeline: Pipeline
  private let text: String
  /// Nil: it is not prepared, but sent with its text each time.
  private let name: String?
  private let values: BoundValues
  @safe @exclusivity(unchecked) private var preparation = Preparation.none
  @safe @exclusivity(unchecked) private var rows: ResultRows?
  @safe @exclusivity(unchecked) private var row = -1
  @safe @exclusivity(unchecked) var oddity: String?

  init(_ query: String, name: String?, in pipeline: Pipeline) {
    let marks = ParameterMarks(query)
    text = marks.text
    values = BoundValues(count: marks.count)
    self.name = name
    self.pipeline = pipeline
  }

  // MARK: Running

  func step() throws(StoreError) -> Bool {
    if rows == nil {
      rows = try runForRows()
      row = -1
    }
    oddity = nil
    row += 1
    if let rows, row < rows.count { return true }
    reset()
    return false
  }

  @discardableResult
  func run() throws(StoreError) -> Int {
    reset()
    return try runForRows()?.changes ?? 0
  }

  func send(changing what: (@Sendable () -> String)?) throws(StoreError) {
    reset()
    try start(.sent(changing: what))
    if pipeline.isLong { try pipeline.wait() }
  }

  func reset() {
    rows = nil
    row = -1
  }

  private func runForRows() throws(StoreError) -> ResultRows? {
    try start(.awaited)
    return try pipeline.wait()
  }

  private func start(_ entry: Pipeline.Entry) throws(StoreError) {
    try values.check()
    let count = Int32(values.count)
    guard let name else {
      return try pipeline.send(entry, size: text.utf8.count + values.size) {
        unsafe PQsendQueryParams(
          pipeline.handle, text, count, values.types, values.values, values.lengths, values.formats,
          1)
      }
    }
    try prepare(name)
    try pipeline.send(entry, size: name.utf8.count + values.size) {
      unsafe PQsendQueryPrepared(
        pipeline.handle, name, count, values.values, values.lengths, values.formats, 1)
    }
  }

  private func prepare(_ name: String) throws(StoreError) {
    guard preparation == .none else { return }
    try pipeline.send(.preparation(self), size: text.utf8.count + 4 * values.count) {
      unsafe PQsendPrepare(pipeline.handle, name, text, Int32(values.count), values.types)
    }
    preparation = .sent
  }

  /// What became of its preparation.
  func prepared(_ isDone: Bool) { preparation = isDone ? .done : .none }

  // MARK: Binding

  func bind(_ index: Int32, _ value: Int64) { values.bind(index, value) }
  func bind(_ index: Int32, _ value: String) { values.bind(index, value) }
  func bind(_ index: Int32, _ value: [UInt8]) { values.bind(index, value) }
  func bindNull(_ index: Int32) { values.bindNull(index) }

  // MARK: Columns

  /// Numbers of types, as in the catalog `pg_type`.
  private enum TypeNumber {
    static let bool: UInt32 = 16
    static let bytes: UInt32 = 17
    static let name: UInt32 = 19
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let oid: UInt32 = 26
    static let varchar: UInt32 = 1043
  }

  func int(_ column: Int32) -> Int64 {
    guard let rows, let bytes = unsafe rows.bytes(row, Int(column)) else { return 0 }
    let value = unsafe bytes.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    switch (rows.type(Int(column)), bytes.count) {
    case (TypeNumber.int8, 8): return Int64(bitPattern: value)
    case (TypeNumber.int4, 4): return Int64(Int32(truncatingIfNeeded: value))
    case (TypeNumber.int2, 2): return Int64(Int16(truncatingIfNeeded: value))
    case (TypeNumber.oid, 4), (TypeNumber.bool, 1): return Int64(value)
    default:
      noteType(column, of: rows)
      return 0
    }
  }

  func text(_ column: Int32) -> String {
    guard let rows, let bytes = unsafe rows.bytes(row, Int(column)) else { return "" }
    switch rows.type(Int(column)) {
    case TypeNumber.text, TypeNumber.varchar, TypeNumber.name: break
    default:
      noteType(column, of: rows)
      return ""
    }
    if bytes.count > LongestValue.text {
      note(column, "a text of \(bytes.count) bytes")
      return ""
    }
    return unsafe StoredText.text(bytes)
  }

  func blob(_ column: Int32) -> [UInt8] {
    guard let bytes = unsafe blobBytes(column) else { return [] }
    if bytes.count > LongestValue.blob {
      note(column, "\(bytes.count) bytes")
      return []
    }
    return unsafe [UInt8](bytes)
  }

  func blob(_ column: Int32, equals bytes: [UInt8]) -> Bool {
    guard let present = unsafe blobBytes(column) else { return bytes.isEmpty }
    guard present.count == bytes.count else { return false }
    guard let start = present.baseAddress else { return true }
    return unsafe bytes.withUnsafeBytes { other in
      guard let other = other.baseAddress else { return true }
      return unsafe memcmp(start, other, bytes.count) == 0
    }
  }

  private func blobBytes(_ column: Int32) -> UnsafeRawBufferPointer? {
    guard let rows, let bytes = unsafe rows.bytes(row, Int(column)) else { return nil }
    if rows.type(Int(column)) == TypeNumber.bytes { return unsafe bytes }
    noteType(column, of: rows)
    return nil
  }

  func isNull(_ column: Int32) -> Bool {
    guard let rows else { return true }
    return unsafe rows.bytes(row, Int(column)) == nil
  }

  private func noteType(_ column: Int32, of rows: ResultRows) {
    note(column, "a value of type \(rows.type(Int(column)))")
  }
}
