import Glibc
package import TrackStoreSQL

/// The database of a data folder, to be copied: the folder is this process's alone as long as this is
/// there. Belongs to one thread.
package final class SQLiteCopySource: CopySource {
  private let connection: Connection
  private let path: String

  /// Locks the folder, and brings its database up to date. Blocks.
  ///
  /// - Parameter hasDeployer: whether a remote service deploys: then repositories are its business.
  /// - Throws: `StoreOpenError`, as when the folder is served; `StoreCopyError` for a store that cannot
  ///   be on PostgreSQL.
  package init(directory: String, hasDeployer: Bool) throws {
    let file = directory + "/trackd.db"
    guard unsafe access(file, F_OK) == 0 else { throw StoreCopyError.noSource(path: file) }
    let directory = try DataDirectory(directory)
    try directory.checkForRestore()
    path = directory.databasePath
    connection = try Connection.opening(directory, vfs: nil)
    if !hasDeployer { try checkRepositories() }
  }

  /// In the order in which they are to be mended.
  private func checkRepositories() throws {
    let without = try texts(
      "SELECT id FROM environment WHERE gitops_repository_url = '' ORDER BY id")
    if !without.isEmpty { throw StoreCopyError.noRepository(environments: without) }
    let deployed = try texts(
      """
      SELECT environment_id FROM binding WHERE gitops_repository_url = ''
      UNION SELECT environment_id FROM operation WHERE kind = 3 AND left_repository = ''
      ORDER BY 1
      """)
    if !deployed.isEmpty { throw StoreCopyError.deployedInOwn(environments: deployed) }
  }

  private func texts(_ query: String) throws -> [String] {
    let rows = try connection.prepare(query)
    var texts: [String] = []
    while try rows.next() { texts.append(rows.text(0)) }
    return texts
  }

  private func number(_ query: String) throws -> Int64 { try connection.integer(query) ?? 0 }

  package var id: [UInt8] {
    get throws {
      let row = try connection.prepare("SELECT id FROM identity WHERE one = 1")
      return try row.next() ? row.blob(0) : []
    }
  }

  /// All of the log is in the database's file since it was opened: whoever writes later changes the
  /// time of the file, at the latest when it is opened again.
  package var state: String {
    get throws {
      var status = stat()
      guard unsafe stat(path, &status) == 0 else { throw StoreOpenError.system(path) }
      let time = status.st_mtim
      return
        "\(status.st_size) \(time.tv_sec).\(time.tv_nsec) \(try clock) \(try numbers.changes)"
    }
  }

  package var clock: Int64 {
    get throws { try number("SELECT elapsed FROM retention_clock WHERE one = 1") }
  }

  package var numbers: CopyNumbers {
    get throws {
      CopyNumbers(
        changes: try given("change_log"),
        components: try number("SELECT max(key) FROM component"),
        images: try number("SELECT max(key) FROM image"),
        deployments: try given("deployment"),
        operations: try number("SELECT max(key) FROM operation"))
    }
  }

  /// The number that a table gave last, be its row there or not.
  private func given(_ table: String) throws -> Int64 {
    try number("SELECT seq FROM sqlite_sequence WHERE name = '\(table)'")
  }

  package func rows(of table: StoredTable, after key: [StoredValue]?) throws -> any CopyRows {
    let statement = try connection.prepare(table.query(isContinued: key != nil))
    if let key { statement.bind(key) }
    return SQLiteCopyRows(table, statement)
  }
}

private final class SQLiteCopyRows: CopyRows {
  private let table: StoredTable
  private let statement: SQLiteStatement
  /// A further step would begin anew.
  private var isAtEnd = false

  init(_ table: StoredTable, _ statement: SQLiteStatement) {
    self.table = table
    self.statement = statement
  }

  func next() throws -> [StoredValue]? {
    if isAtEnd { return nil }
    if try statement.next() { return try table.row(statement) }
    isAtEnd = true
    return nil
  }
}
