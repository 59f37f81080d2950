/// A database whose rows are copied. Nothing else writes to it meanwhile.
package protocol CopySource {
  /// Tells the database from others.
  var id: [UInt8] { get throws }
  /// Differs once anything was written.
  var state: String { get throws }
  /// What the clock of the retention says.
  var clock: Int64 { get throws }
  var numbers: CopyNumbers { get throws }

  /// The rows behind a key, or all, in the order of the key.
  func rows(of table: StoredTable, after key: [StoredValue]?) throws -> any CopyRows
}

/// Where the rows go.
package protocol CopyTarget {
  /// Makes the database ready for rows, and nobody else can use it from here on.
  ///
  /// - Returns: how far its clock is ahead of the source's, and whether rows of an earlier attempt are
  ///   there.
  func begin(_ source: some CopySource) throws -> (clockOffset: Int64, isContinued: Bool)
  /// The greatest key.
  func lastKey(of table: StoredTable) throws -> [StoredValue]?
  /// Adds rows, all or none.
  func add(_ rows: [[StoredValue]], to table: StoredTable) throws
  /// Sets the latest tracks of components: their rows are as in `StoredTable.component`.
  func setLatest(_ components: [[StoredValue]]) throws
  /// Numbers that are given later follow these.
  func set(_ numbers: CopyNumbers) throws
  func rows(of table: StoredTable) throws -> any CopyRows
  /// What was copied is not the source's: the next attempt begins anew.
  func forget() throws
  /// The database can be used.
  func finish() throws
}

/// Rows of a table, one after the other.
package protocol CopyRows: AnyObject {
  func next() throws -> [StoredValue]?
}

/// The numbers that a store gave last; 0 for none.
package struct CopyNumbers: Sendable, Equatable {
  package var changes: Int64
  package var components: Int64
  package var images: Int64
  package var deployments: Int64
  package var operations: Int64

  package init(
    changes: Int64, components: Int64, images: Int64, deployments: Int64, operations: Int64
  ) {
    self.changes = changes
    self.components = components
    self.images = images
    self.deployments = deployments
    self.operations = operations
  }
}

/// How a copy goes on.
package enum CopyEvent: Sendable, Equatable {
  case begun(isContinued: Bool)
  /// So many rows of a table were copied, by this attempt.
  case copied(table: String, rows: Int, isAll: Bool)
  /// So many rows of a table are the source's.
  case compared(table: String, rows: Int, isAll: Bool)
}

/// Why a store was not copied.
package enum StoreCopyError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The database of the source is missing.
  case noSource(path: String)
  /// Environments of the source have no repository.
  case noRepository(environments: [String])
  /// In these environments something is still deployed in trackd's own repository, or was.
  case deployedInOwn(environments: [String])
  /// The target has something in it.
  case notEmpty
  /// The target has an unfinished copy of another source.
  case otherSource
  /// Others are connected to the target.
  case inUse(sessions: Int64)
  /// A row of the target is not the source's.
  case differs(table: String, key: String)

  package var description: String {
    switch self {
    case .noSource(let path): "there is no database \(path)"
    case .noRepository(let environments):
      "servers on PostgreSQL share no repository of trackd's own, and these environments have no "
        + "gitops_repository_url: \(Self.list(environments)). Give them one while trackd serves the "
        + "data folder, deploy there once more, and copy then. Where a remote service deploys, say so "
        + "with --deployer"
    case .deployedInOwn(let environments):
      "what is deployed in these environments is in gitops.git of the data folder, which servers on "
        + "PostgreSQL do not have: \(Self.list(environments)). Serve the data folder, deploy once more "
        + "there, or delete the tracks, wait until nothing is under way, and copy then"
    case .notEmpty: "the database for the copy is not empty: give it one of its own"
    case .otherSource:
      "the database has an unfinished copy of another store: give this one a database of its own"
    case .inUse(let sessions):
      "others use the database for the copy (\(sessions) sessions of trackd): stop them first"
    case .differs(let table, let key):
      "the copy of \(table) is not what the data folder has, at \(key): nothing may write to either "
        + "meanwhile. The next attempt begins anew"
    }
  }

  private static func list(_ names: [String]) -> String {
    let most = 20
    let rest = names.count > most ? " and \(names.count - most) more" : ""
    return names.prefix(most).joined(separator: ", ") + rest
  }
}

/// Copies a store row by row, compares all of it, and only then lets it be used. It can be ended at
/// any time and begun again: it goes on behind the last row that is there.
package struct StoreCopy<Source: CopySource, Target: CopyTarget> {
  private let source: Source
  private let target: Target
  private let report: (CopyEvent) -> Void

  /// The most rows of one write.
  private let rowLimit: Int
  /// About the most bytes.
  private static var byteLimit: Int { 4 << 20 }
  /// After how many rows a table's progress is told.
  private static var told: Int { 50_000 }

  /// - Parameters:
  ///   - rowLimit: the most rows of one write.
  ///   - report: is told how it goes on.
  package init(
    from source: Source, to target: Target, rowLimit: Int = 2000,
    report: @escaping (CopyEvent) -> Void = { _ in }
  ) {
    self.source = source
    self.target = target
    self.rowLimit = rowLimit
    self.report = report
  }

  /// Blocks until it is done.
  package func run() throws {
    let (offset, isContinued) = try target.begin(source)
    report(.begun(isContinued: isContinued))
    for table in StoredTable.all { try copy(table, offset) }
    try setLatest()
    let numbers = try source.numbers
    try target.set(numbers)
    do {
      for table in StoredTable.all { try compare(table, offset) }
    } catch let error as StoreCopyError {
      try target.forget()
      throw error
    }
    try target.finish()
  }

  private func copy(_ table: StoredTable, _ offset: Int64) throws {
    let rows = try source.rows(of: table, after: try target.lastKey(of: table))
    var count = 0
    while true {
      let batch = try nextBatch(rows)
      if batch.isEmpty { break }
      try target.add(
        batch.map { table.early(table.carried($0, clockOffset: offset)) }, to: table)
      let former = count
      count += batch.count
      if former / Self.told < count / Self.told {
        report(.copied(table: table.name, rows: count, isAll: false))
      }
    }
    report(.copied(table: table.name, rows: count, isAll: true))
  }

  private func nextBatch(_ rows: any CopyRows) throws -> [[StoredValue]] {
    var batch: [[StoredValue]] = []
    var size = 0
    while batch.count < rowLimit, size < Self.byteLimit, let row = try rows.next() {
      batch.append(row)
      size += row.reduce(0) { $0 + $1.size }
    }
    return batch
  }

  private func setLatest() throws {
    let rows = try source.rows(of: .component, after: nil)
    while true {
      let batch = try nextBatch(rows)
      if batch.isEmpty { return }
      try target.setLatest(batch)
    }
  }

  private func compare(_ table: StoredTable, _ offset: Int64) throws {
    let rows = try source.rows(of: table, after: nil)
    let copies = try target.rows(of: table)
    var count = 0
    while true {
      let row = try rows.next().map { table.carried($0, clockOffset: offset) }
      let copy = try copies.next()
      guard row == copy else {
        let key = table.key(of: row ?? copy ?? [])
        throw StoreCopyError.differs(table: table.name, key: Self.text(key))
      }
      if row == nil { break }
      count += 1
      if count % Self.told == 0 {
        report(.compared(table: table.name, rows: count, isAll: false))
      }
    }
    report(.compared(table: table.name, rows: count, isAll: true))
  }

  private static func text(_ key: [StoredValue]) -> String {
    key.map { value in
      switch value {
      case .null: "NULL"
      case .number(let number): String(number)
      case .text(let text): "'\(text)'"
      case .bytes(let bytes): "\(bytes.count) bytes"
      }
    }.joined(separator: ", ")
  }
}
