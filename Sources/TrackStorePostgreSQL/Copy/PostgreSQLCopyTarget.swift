import Glibc
import TrackDomain
package import TrackStoreSQL

/// A database into which another store is copied. Belongs to one thread.
///
/// The row of `store_copy` keeps servers away from the first row until all is done.
package final class PostgreSQLCopyTarget: CopyTarget {
  private let connection: PostgreSQLConnection
  private let attempts: Int
  /// By the number of rows, of the table that is being copied.
  private var inserts: [Int: any Statement] = [:]
  private var insertedTable = ""

  /// One copy at a time.
  private static let lock: Int64 = 0x7472_6B64_0002
  /// The most rows of a statement.
  private static let rowsOfInsert = 40
  /// Rows of a page that is compared.
  private static let pageSize = 500

  /// Connects, and brings the schema up to date; an empty database gets one. Blocks.
  ///
  /// - Parameters:
  ///   - connectionString: as libpq takes it; no error shows it. Not by way of a pooler that gives each
  ///     transaction another session.
  ///   - attempts: how often others are looked for, every fifth of a second: an earlier copy that was
  ///     ended may need time to go.
  /// - Throws: `StoreOpenError`, as when a server starts on the database.
  package init(_ connectionString: String, attempts: Int = 50) throws(StoreOpenError) {
    self.attempts = attempts
    do throws(PostgreSQLError) {
      connection = try PostgreSQLConnection(ConnectionString(connectionString))
    } catch {
      throw .inaccessible(reason: "\(error)")
    }
    try Migration.run(on: connection)
  }

  /// Whether a server is not to use the database.
  static func isUnfinished(_ connection: PostgreSQLConnection) throws -> Bool {
    try connection.integer("SELECT 1 FROM store_copy WHERE one = 1 AND finished_at IS NULL") != nil
  }

  // MARK: Beginning

  package func begin(
    _ source: some CopySource
  ) throws -> (clockOffset: Int64, isContinued: Bool) {
    try takeOver()
    return try transaction {
      try begin(id: try source.id, state: try source.state, clock: try source.clock)
    }
  }

  /// Waits for nobody but a copy that was ended just now.
  private func takeOver() throws {
    var others: Int64 = 0
    for attempt in 0..<attempts {
      if attempt > 0 { usleep(200_000) }
      let isAlone =
        try connection.integer("SELECT pg_try_advisory_lock(\(Self.lock))::int") == 1
      others = try sessions()
      if isAlone && others == 0 { return }
      // It can be taken several times.
      if isAlone { _ = try connection.integer("SELECT pg_advisory_unlock(\(Self.lock))::int") }
    }
    throw StoreCopyError.inUse(sessions: max(1, others))
  }

  /// How many others of trackd are connected.
  private func sessions() throws -> Int64 {
    try connection.integer(
      """
      SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND application_name = current_setting('application_name')
      """) ?? 0
  }

  private func begin(
    id: [UInt8], state: String, clock: Int64
  ) throws -> (clockOffset: Int64, isContinued: Bool) {
    let row = connection.statement(
      "SELECT source_id, source_state, clock_offset, finished_at FROM store_copy WHERE one = 1")
    if try row.step() {
      guard row.isNull(3) else { throw StoreCopyError.notEmpty }
      guard row.blob(0) == id else { throw StoreCopyError.otherSource }
      if !row.isNull(1), row.text(1) == state { return (row.int(2), true) }
    } else if try hasRows() {
      throw StoreCopyError.notEmpty
    }
    let tables = StoredTable.all.map(\.quotedName).joined(separator: ", ")
    let emptying = connection.statement("TRUNCATE \(tables)")
    try emptying.run()
    let offset = try connection.storeTime(nil).microseconds &- clock
    let note = connection.statement(
      """
      INSERT INTO store_copy (one, source_id, source_state, clock_offset)
      VALUES (1, ?1, ?2, ?3) ON CONFLICT (one) DO UPDATE
        SET source_state = excluded.source_state, clock_offset = excluded.clock_offset
      """)
    note.bind([.bytes(id), .text(state), .number(offset)])
    try note.run()
    return (offset, false)
  }

  private func hasRows() throws -> Bool {
    for table in StoredTable.all where !table.isSingle {
      if try connection.integer("SELECT 1 FROM \(table.quotedName) LIMIT 1") != nil { return true }
    }
    return try connection.integer(
      "SELECT 1 FROM store_head WHERE change_sequence > 0 OR audit_sequence > 0") != nil
  }

  private func transaction<Value>(_ body: () throws -> Value) throws -> Value {
    try connection.enqueue(command: "BEGIN")
    do {
      let value = try body()
      try connection.commit()
      return value
    } catch {
      try? connection.rollback()
      throw error
    }
  }

  // MARK: Rows

  package func lastKey(of table: StoredTable) throws -> [StoredValue]? {
    let names = table.key.map { "\"\($0)\"" }
    let order = names.map { $0 + " DESC" }.joined(separator: ", ")
    let statement = connection.statement(
      "SELECT \(table.columnList) FROM \(table.quotedName) ORDER BY \(order) LIMIT 1")
    return try statement.step() ? table.key(of: try table.row(statement)) : nil
  }

  package func add(_ rows: [[StoredValue]], to table: StoredTable) throws {
    try unsynced {
      var rest = rows[...]
      while !rest.isEmpty {
        let part = rest.prefix(Self.rowsOfInsert)
        rest = rest.dropFirst(part.count)
        let statement = insert(part.count, into: table)
        statement.bind(part.flatMap(\.self))
        try statement.send(changing: nil)
      }
    }
  }

  /// What a crash of the database takes away is copied again.
  private func unsynced(_ body: () throws -> Void) throws {
    try transaction {
      try connection.enqueue(command: "SET LOCAL synchronous_commit = off")
      try body()
    }
  }

  private func insert(_ count: Int, into table: StoredTable) -> any Statement {
    if insertedTable != table.name {
      inserts = [:]
      insertedTable = table.name
    }
    if let statement = inserts[count] { return statement }
    let width = table.columns.count
    let rows = (0..<count).map { row in
      "(" + (1...width).map { "?\(row * width + $0)" }.joined(separator: ", ") + ")"
    }
    // Numbers that the database would give by itself are the source's.
    let statement = connection.statement(
      """
      INSERT INTO \(table.quotedName) (\(table.columnList)) OVERRIDING SYSTEM VALUE
      VALUES \(rows.joined(separator: ", "))
      """)
    inserts[count] = statement
    return statement
  }

  package func setLatest(_ components: [[StoredValue]]) throws {
    let table = StoredTable.component
    guard let id = table.columns.firstIndex(where: { $0.name == "id" }),
      let latest = table.columns.firstIndex(where: { $0.name == "latest_track_id" })
    else { return }
    let statement = connection.statement(
      """
      UPDATE component SET latest_track_id = ?2
      WHERE id = ?1 AND latest_track_id IS DISTINCT FROM ?2
      """)
    try unsynced {
      for row in components {
        statement.bind([row[id], row[latest]])
        try statement.send(changing: nil)
      }
    }
  }

  package func rows(of table: StoredTable) throws -> any CopyRows {
    Pages(table, connection, size: Self.pageSize)
  }

  // MARK: End

  package func set(_ numbers: CopyNumbers) throws {
    try transaction {
      for (sequence, number) in [
        ("'component_key'", numbers.components),
        ("pg_get_serial_sequence('image', 'key')", numbers.images),
        ("pg_get_serial_sequence('deployment', 'sequence')", numbers.deployments),
        ("pg_get_serial_sequence('operation', 'key')", numbers.operations),
      ] {
        let statement = connection.statement(
          "SELECT setval(\(sequence)::regclass, \(max(1, number)), \(number > 0))")
        _ = try statement.step()
      }
      // The last row of the audit, or the one that was dropped last.
      let head = connection.statement(
        """
        UPDATE store_head SET change_sequence = ?1, audit_sequence = last.sequence,
          audit_code = last.code, audit_key_id = last.key_id
        FROM (
          SELECT sequence, code, key_id FROM audit_event
          UNION ALL SELECT dropped_sequence, dropped_code, key_id FROM audit_state
          ORDER BY sequence DESC LIMIT 1) AS last
        WHERE one = 1
        """)
      head.bind(1, numbers.changes)
      try head.send { "the head of the log" }
    }
  }

  package func forget() throws {
    try transaction {
      let statement = connection.statement("UPDATE store_copy SET source_state = NULL")
      try statement.run()
    }
  }

  package func finish() throws {
    let tables = StoredTable.all.map(\.quotedName).joined(separator: ", ")
    try connection.execute(script: "ANALYZE \(tables)")
    try transaction {
      let statement = connection.statement(
        "UPDATE store_copy SET source_state = NULL, finished_at = ?1 WHERE one = 1")
      statement.bind(1, try connection.storeTime(nil).microseconds)
      try statement.send { "the note of the copy" }
      // A server that knows no restores would take up what is held.
      try connection.statement(
        """
        UPDATE store_schema SET readable_from = \(Migration.restores)
        WHERE readable_from < \(Migration.restores) AND (
          EXISTS (SELECT 1 FROM store_restore WHERE ended_at IS NULL)
          OR EXISTS (SELECT 1 FROM operation WHERE is_restored = 1))
        """
      ).run()
    }
  }
}

/// Rows of a table, read in pages.
private final class Pages: CopyRows {
  private let table: StoredTable
  private let first: any Statement
  private let further: any Statement
  private let size: Int
  private var page: [[StoredValue]] = []
  private var place = 0
  private var isLast = false

  init(_ table: StoredTable, _ connection: PostgreSQLConnection, size: Int) {
    self.table = table
    self.size = size
    first = connection.statement(table.query(isContinued: false, limit: size))
    further = connection.statement(table.query(isContinued: true, limit: size))
  }

  func next() throws -> [StoredValue]? {
    if place == page.count && !isLast { try turn() }
    guard place < page.count else { return nil }
    place += 1
    return page[place - 1]
  }

  private func turn() throws {
    let statement = page.last == nil ? first : further
    if let last = page.last { statement.bind(table.key(of: last)) }
    page = []
    place = 0
    while try statement.step() { page.append(try table.row(statement)) }
    isLast = page.count < size
  }
}
