import TestSupport
import TrackStoreSQL

/// A target that hands everything on.
private protocol ForwardingTarget: CopyTarget {
  var target: any CopyTarget { get }
  func willWrite() throws
}

extension ForwardingTarget {
  func willWrite() throws {}

  func begin(_ source: some CopySource) throws -> (clockOffset: Int64, isContinued: Bool) {
    try target.begin(source)
  }
  func lastKey(of table: StoredTable) throws -> [StoredValue]? { try target.lastKey(of: table) }
  func add(_ rows: [[StoredValue]], to table: StoredTable) throws {
    try willWrite()
    try target.add(rows, to: table)
  }
  func setLatest(_ components: [[StoredValue]]) throws {
    try willWrite()
    try target.setLatest(components)
  }
  func set(_ numbers: CopyNumbers) throws {
    try willWrite()
    try target.set(numbers)
  }
  func rows(of table: StoredTable) throws -> any CopyRows {
    try willWrite()
    return try target.rows(of: table)
  }
  func forget() throws { try target.forget() }
  func finish() throws {
    try willWrite()
    try target.finish()
  }
}

/// A copy that is ended after so many calls.
final class FailingTarget: ForwardingTarget {
  fileprivate let target: any CopyTarget
  private var rest: Int

  init(_ target: any CopyTarget, after count: Int) {
    self.target = target
    rest = count
  }

  fileprivate func willWrite() throws {
    rest -= 1
    if rest < 0 { throw TestError() }
  }
}

/// Reads a row of a table otherwise than it was written.
final class SpoilingTarget: ForwardingTarget {
  fileprivate let target: any CopyTarget
  private let table: String

  init(_ target: any CopyTarget, table: String) {
    self.target = target
    self.table = table
  }

  func rows(of table: StoredTable) throws -> any CopyRows {
    let rows = try target.rows(of: table)
    return table.name == self.table ? SpoiltRows(rows) : rows
  }
}

/// Rows of which one is another one: the last byte of a value is.
private final class SpoiltRows: CopyRows {
  private let rows: any CopyRows
  private var isSpoilt = false

  init(_ rows: any CopyRows) { self.rows = rows }

  func next() throws -> [StoredValue]? {
    guard var row = try rows.next() else { return nil }
    if isSpoilt { return row }
    isSpoilt = true
    switch row[row.count - 1] {
    case .null: row[row.count - 1] = .number(0)
    case .number(let number): row[row.count - 1] = .number(number ^ 1)
    case .text(let text): row[row.count - 1] = .text(text + " ")
    case .bytes(let bytes): row[row.count - 1] = .bytes(bytes + [0])
    }
    return row
  }
}
