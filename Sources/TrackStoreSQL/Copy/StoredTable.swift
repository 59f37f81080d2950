package import TrackDomain

/// A table as both databases have it, for copies of whole stores.
package struct StoredTable: Sendable {
  package struct Column: Sendable {
    package enum Kind: Sendable {
      case number
      case text
      case bytes
    }

    /// What a copy does to the values.
    package enum Meaning: Sendable {
      case plain
      /// A time of the clock that measures how long rows are kept: it is moved to the clock of the
      /// target.
      case keptFrom
      /// Who has a lease, and until when: nobody has one where the copy is.
      case lease
      /// Goes up by one where a lease is taken away.
      case leaseEpoch
      /// When the lease of a lane ends: it has ended.
      case laneExpiry
      /// Refers to rows that are copied later, and is set then.
      case later
    }

    package let name: String
    package let kind: Kind
    package let meaning: Meaning

    static func number(_ name: String, _ meaning: Meaning = .plain) -> Column {
      Column(name: name, kind: .number, meaning: meaning)
    }
    static func text(_ name: String, _ meaning: Meaning = .plain) -> Column {
      Column(name: name, kind: .text, meaning: meaning)
    }
    static func bytes(_ name: String, _ meaning: Meaning = .plain) -> Column {
      Column(name: name, kind: .bytes, meaning: meaning)
    }
  }

  package let name: String
  package let columns: [Column]
  /// The columns that tell a row from others, in the order in which rows are copied.
  package let key: [String]

  init(_ name: String, key: String..., columns: [Column]) {
    self.name = name
    self.columns = columns
    self.key = key
  }

  /// Whether it has one row at most, which says nothing of what was put into the store.
  package var isSingle: Bool { key == ["one"] }

  private var keyPlaces: [Int] { key.compactMap { name in place { $0.name == name } } }

  private func place(where isMeant: (Column) -> Bool) -> Int? { columns.firstIndex(where: isMeant) }

  // MARK: Statements

  package var quotedName: String { "\"\(name)\"" }
  package var columnList: String { Self.list(columns.map(\.name)) }

  /// Reads rows in the order of the key.
  ///
  /// - Parameters:
  ///   - isContinued: whether the first parameters are a key, and only later rows are read.
  ///   - limit: the most rows; nil for all.
  package func query(isContinued: Bool, limit: Int? = nil) -> String {
    let marks = (1...key.count).map { "?\($0)" }.joined(separator: ", ")
    let condition = isContinued ? " WHERE (\(Self.list(key))) > (\(marks))" : ""
    let end = limit.map { " LIMIT \($0)" } ?? ""
    return "SELECT \(columnList) FROM \(quotedName)\(condition) ORDER BY \(Self.list(key))\(end)"
  }

  private static func list(_ names: [String]) -> String {
    names.map { "\"\($0)\"" }.joined(separator: ", ")
  }

  // MARK: Rows

  /// The values of a statement's row whose columns are these.
  package func row(_ statement: any Statement) throws(StoreError) -> [StoredValue] {
    var row: [StoredValue] = []
    row.reserveCapacity(columns.count)
    for (index, column) in columns.enumerated() {
      let index = Int32(index)
      if statement.isNull(index) {
        row.append(.null)
      } else {
        switch column.kind {
        case .number: row.append(.number(statement.int(index)))
        case .text: row.append(.text(statement.text(index)))
        case .bytes: row.append(.bytes(statement.blob(index)))
        }
      }
    }
    try statement.check("a row of \(name)")
    return row
  }

  package func key(of row: [StoredValue]) -> [StoredValue] { keyPlaces.map { row[$0] } }

  /// A row of the source as the target has it in the end.
  ///
  /// - Parameter clockOffset: what the clock of the target is ahead.
  func carried(_ row: [StoredValue], clockOffset: Int64) -> [StoredValue] {
    var carried = row
    for (index, column) in columns.enumerated() {
      switch (column.meaning, row[index]) {
      case (.keptFrom, .number(let time)): carried[index] = .number(time &+ clockOffset)
      case (.lease, _): carried[index] = .null
      case (.laneExpiry, _): carried[index] = .number(0)
      case (.leaseEpoch, .number(let epoch)) where isLeased(row):
        carried[index] = .number(epoch &+ 1)
      case (.plain, _), (.keptFrom, _), (.leaseEpoch, _), (.later, _): break
      }
    }
    return carried
  }

  private func isLeased(_ row: [StoredValue]) -> Bool {
    zip(columns, row).contains { column, value in column.meaning == .lease && value != .null }
  }

  /// A row without what is set later.
  func early(_ row: [StoredValue]) -> [StoredValue] {
    zip(columns, row).map { column, value in column.meaning == .later ? .null : value }
  }
}
