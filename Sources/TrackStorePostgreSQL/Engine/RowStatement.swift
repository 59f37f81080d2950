import Glibc
import TrackStoreSQL

/// A statement whose rows are in memory, one of which is the current one.
protocol RowStatement: Statement {
  var rows: ResultRows? { get set }
  /// The current row; -1 before the first.
  var row: Int { get set }
}

/// Takes the rows of a statement that was sent.
final class RowBox {
  /// Called when they come.
  private let received: ((ResultRows) -> Void)?
  @safe @exclusivity(unchecked) var rows: ResultRows? {
    didSet { if let rows { received?(rows) } }
  }

  init(_ received: ((ResultRows) -> Void)? = nil) { self.received = received }
}

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

extension RowStatement {
  /// Makes the next row the current one; false at the end, where the rows are let go.
  func advance() -> Bool {
    oddity = nil
    row += 1
    if let rows, row < rows.count { return true }
    reset()
    return false
  }

  func reset() {
    rows = nil
    row = -1
  }

  // MARK: Columns

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
