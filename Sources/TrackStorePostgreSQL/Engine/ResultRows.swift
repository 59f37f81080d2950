import CPostgreSQL

/// The rows of one run of a statement, in binary format.
@safe final class ResultRows {
  private let result: OpaquePointer
  let count: Int
  private let columns: Int

  /// Takes over `result`, which `deinit` clears.
  init(owning result: OpaquePointer) {
    unsafe self.result = result
    count = Int(unsafe PQntuples(result))
    columns = Int(unsafe PQnfields(result))
  }

  deinit { unsafe PQclear(result) }

  /// How many rows were changed, or read.
  var changes: Int {
    guard let text = unsafe PQcmdTuples(result) else { return 0 }
    return Int(unsafe String(cString: text)) ?? 0
  }

  /// The number of a column's type (`pg_type.oid`); 0 where there is no such column.
  func type(_ column: Int) -> UInt32 {
    column >= 0 && column < columns ? unsafe PQftype(result, Int32(column)) : 0
  }

  /// The bytes of a value, as long as the rows are there; nil for NULL, and where there is none.
  func bytes(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer? {
    guard row >= 0, row < count, column >= 0, column < columns else { return nil }
    let (row, column) = (Int32(row), Int32(column))
    if unsafe PQgetisnull(result, row, column) != 0 { return nil }
    guard let start = unsafe PQgetvalue(result, row, column) else { return nil }
    return unsafe UnsafeRawBufferPointer(
      start: start, count: Int(PQgetlength(result, row, column)))
  }
}
