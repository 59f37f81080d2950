import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL
@testable import TrackStoreSQLite

/// Runs `body` with a store that has rows in every table, and the connection string of an empty
/// database.
private func withStores(
  seed: UInt64 = 1, _ body: (RandomStore, _ string: String) async throws -> Void
) async throws {
  try await withPostgreSQLDatabase { string in
    try await body(RandomStore(seed: seed), string)
  }
}

private func copy(
  _ store: RandomStore, to string: String, rowLimit: Int = 2000,
  through: (PostgreSQLCopyTarget) -> any CopyTarget = { $0 }
) throws -> [CopyEvent] {
  let source = try SQLiteCopySource(directory: store.directory, hasDeployer: false)
  var events: [CopyEvent] = []
  func run(_ target: some CopyTarget) throws {
    try StoreCopy(from: source, to: target, rowLimit: rowLimit) { events.append($0) }.run()
  }
  try run(through(PostgreSQLCopyTarget(string)))
  return events
}

/// What a copy is refused for.
private func refusal(_ body: () throws -> Void) -> StoreCopyError? {
  do {
    try body()
    return nil
  } catch let error as StoreCopyError {
    return error
  } catch {
    Issue.record(error)
    return nil
  }
}

private func number(_ sql: String, _ string: String) throws -> Int64? {
  try PostgreSQLConnection(ConnectionString(string)).integer(sql)
}

@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL) struct StoreCopyTests {
  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func `every row of every table is copied, and compared`(_ seed: UInt64) async throws {
    try await withStores(seed: seed) { store, string in
      let events = try copy(store, to: string)
      for table in StoredTable.all {
        let rows = Int(try store.count(table))
        #expect(rows > 0, "\(table.name) has no rows")
        #expect(events.contains(.copied(table: table.name, rows: rows, isAll: true)))
        #expect(events.contains(.compared(table: table.name, rows: rows, isAll: true)))
        #expect(try number("SELECT count(*) FROM \(table.quotedName)", string) == Int64(rows))
      }
      // A server that knows no restores would take up what is held.
      let held = try number(
        """
        SELECT (SELECT count(*) FROM store_restore WHERE ended_at IS NULL)
          + (SELECT count(*) FROM operation WHERE is_restored = 1)
        """, string)
      let readableFrom = try number("SELECT readable_from FROM store_schema", string)
      #expect((held != 0) == (readableFrom == Migration.restores))
    }
  }

  @Test func `nobody has a lease, and the clock of what is kept is the database's`() async throws {
    try await withStores { store, string in
      let leased = try store.number("SELECT count(*) FROM operation WHERE lease_owner IS NOT NULL")
      let epochs = try store.number("SELECT sum(lease_epoch) FROM operation")
      _ = try copy(store, to: string)
      #expect(leased > 0)
      #expect(
        try number(
          "SELECT count(*) FROM operation WHERE lease_owner IS NULL AND lease_expires_at IS NULL",
          string) == store.number("SELECT count(*) FROM operation"))
      // Who had a lease has the one of before.
      #expect(
        try number("SELECT sum(lease_epoch)::bigint FROM operation", string) == epochs + leased)
      #expect(
        try number("SELECT count(*) FROM lane_lease WHERE expires_at = 0 AND epoch = 7", string)
          == 1)
      let offset = try number("SELECT clock_offset FROM store_copy", string) ?? 0
      let clock = try store.number("SELECT elapsed FROM retention_clock")
      let now = try number("SELECT (extract(epoch FROM now()) * 1000000)::bigint", string) ?? 0
      #expect((now - 120_000_000...now).contains(clock + offset))
      for (table, shift) in [
        ("change_log", offset), ("request", offset), ("image", offset), ("operation_end", offset),
        // It is signed.
        ("audit_event", 0),
      ] {
        let sum = "SELECT sum(kept_from / 1000)::bigint FROM \(table)"
        let rows = try store.number("SELECT count(*) FROM \(table)")
        let moved =
          try (number(sum, string) ?? 0)
          - store.number("SELECT sum(kept_from / 1000) FROM \(table)")
        // Each row is rounded.
        #expect(abs(moved - rows * (shift / 1000)) <= rows, "\(table)")
      }
    }
  }

  @Test func `numbers that are given later follow those of the source`() async throws {
    try await withStores { store, string in
      _ = try copy(store, to: string)
      #expect(try number("SELECT change_sequence FROM store_head", string) == 90)
      #expect(try number("SELECT audit_sequence FROM store_head", string) == 60)
      #expect(try number("SELECT nextval('component_key')", string) == 4)
      for (table, column) in [("image", "key"), ("deployment", "sequence"), ("operation", "key")] {
        let next = "SELECT nextval(pg_get_serial_sequence('\(table)', '\(column)'))"
        #expect(
          try number(next, string) == number("SELECT max(\(column)) + 1 FROM \(table)", string))
      }
    }
  }

  @Test func `a copy that ends anywhere goes on where it was, and no server uses it`() async throws
  {
    try await withStores { store, string in
      var attempts = 0
      while true {
        attempts += 1
        do {
          let events = try copy(store, to: string, rowLimit: 7) {
            FailingTarget($0, after: 3 + attempts)
          }
          #expect(events.first == .begun(isContinued: true))
          break
        } catch is TestError {
          await #expect(throws: StoreOpenError.unfinishedCopy) {
            _ = try await PostgreSQLTrackStore.open(string, spoolDirectory: nil)
          }
        }
      }
      #expect(attempts > 3)
      let opened = try await PostgreSQLTrackStore.open(string, spoolDirectory: nil)
      #expect(opened.keptHosts == ["git.corp.example"])
      await opened.close()
    }
  }

  @Test func `a row that is another one is found, and the next copy begins anew`() async throws {
    for table in StoredTable.all {
      try await withStores { store, string in
        let refused = refusal {
          _ = try copy(store, to: string) { SpoilingTarget($0, table: table.name) }
        }
        guard case .differs(table.name, _)? = refused else {
          Issue.record("\(table.name): \(String(describing: refused))")
          return
        }
        let events = try copy(store, to: string)
        #expect(events.first == .begun(isContinued: false))
      }
    }
  }

  @Test func `a source that was written to since then is copied anew`() async throws {
    try await withStores { store, string in
      #expect(throws: TestError.self) {
        _ = try copy(store, to: string, rowLimit: 7) { FailingTarget($0, after: 20) }
      }
      try store.execute("UPDATE organization SET tier = 3 - tier")
      let events = try copy(store, to: string)
      #expect(events.first == .begun(isContinued: false))
    }
  }
}

@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL) struct StoreCopyRefusalTests {
  @Test func `a database with something in it is no target`() async throws {
    try await withStores { store, string in
      _ = try copy(store, to: string)
      #expect(refusal { _ = try copy(store, to: string) } == .notEmpty)
    }
    try await withStores { store, string in
      let served = try await PostgreSQLTrackStore.open(string, spoolDirectory: nil)
      try await served.write { try Samples.putCatalog($0) }
      await served.close()
      #expect(refusal { _ = try copy(store, to: string) } == .notEmpty)
      let tables = try number("SELECT count(*) FROM store_copy", string)
      #expect(tables == 0)
    }
  }

  @Test func `an unfinished copy of another store is no target`() async throws {
    try await withStores { store, string in
      #expect(throws: TestError.self) {
        _ = try copy(store, to: string) { FailingTarget($0, after: 9) }
      }
      let other = try RandomStore(seed: 2)
      #expect(refusal { _ = try copy(other, to: string) } == .otherSource)
    }
  }

  @Test func `a database that others use is no target`() async throws {
    try await withStores { store, string in
      let served = try await PostgreSQLTrackStore.open(string, spoolDirectory: nil)
      // Its connections come as they are needed.
      _ = try await served.read { try $0.catalogResource(.project, id: "shop") }
      let source = try SQLiteCopySource(directory: store.directory, hasDeployer: false)
      let target = try PostgreSQLCopyTarget(string, attempts: 1)
      let refused = refusal { try StoreCopy(from: source, to: target).run() }
      guard case .inUse(let sessions)? = refused else {
        Issue.record("\(String(describing: refused))")
        return
      }
      #expect(sessions > 0)
      await served.close()
    }
  }

  @Test func `a store that cannot be on PostgreSQL is refused with the names`() throws {
    let store = try RandomStore(seed: 1)
    func source(hasDeployer: Bool = false) throws {
      _ = try SQLiteCopySource(directory: store.directory, hasDeployer: hasDeployer)
    }
    try source()
    try store.execute("UPDATE binding SET gitops_repository_url = '' WHERE gitops_branch <> ''")
    guard case .deployedInOwn(let environments)? = refusal({ try source() }) else {
      Issue.record("not refused")
      return
    }
    #expect(environments.count == 1)
    try store.execute("UPDATE environment SET gitops_repository_url = ''")
    guard case .noRepository(let without)? = refusal({ try source() }) else {
      Issue.record("not refused")
      return
    }
    #expect(without.count == 3)
    try source(hasDeployer: true)
    let nowhere = store.directory + "/nowhere"
    #expect(
      refusal { _ = try SQLiteCopySource(directory: nowhere, hasDeployer: true) }
        == .noSource(path: nowhere + "/trackd.db"))
  }
}

/// The description that copies go by has all that the schemas have.
@Suite(.timeLimit(.minutes(2))) struct StoredTableTests {
  @Test func `every table and column of SQLite is described`() throws {
    let store = try RandomStore(seed: 1)
    let connection = try Connection(path: store.directory + "/trackd.db", access: .readOnly)
    var found: [String: [String]] = [:]
    var keys: [String: [(Int64, String)]] = [:]
    let rows = try connection.prepare(
      """
      SELECT s.name, c.name, c.pk FROM sqlite_schema s, pragma_table_info(s.name) c
      WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%'
      """)
    while try rows.next() {
      found[rows.text(0), default: []].append(rows.text(1))
      if rows.int(2) > 0 { keys[rows.text(0), default: []].append((rows.int(2), rows.text(1))) }
    }
    for table in StoredTable.onlyInSQLite { #expect(found.removeValue(forKey: table) != nil) }
    check(found, keys)
  }

  @Test(.needsPostgreSQL) func `every table and column of PostgreSQL is described`() async throws {
    try await withPostgreSQLDatabase { string in
      let connection = try PostgreSQLConnection(ConnectionString(string))
      try Migration.run(on: connection)
      var found: [String: [String]] = [:]
      var keys: [String: [(Int64, String)]] = [:]
      let rows = connection.statement(
        """
        SELECT c.relname::text, a.attname::text,
          coalesce(array_position(i.indkey::int[], a.attnum::int) + 1, 0)::bigint
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
          JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
        WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
          AND a.attnum > 0 AND NOT a.attisdropped
        """)
      while try rows.step() {
        found[rows.text(0), default: []].append(rows.text(1))
        if rows.int(2) > 0 { keys[rows.text(0), default: []].append((rows.int(2), rows.text(1))) }
      }
      for table in StoredTable.onlyInPostgreSQL {
        #expect(found.removeValue(forKey: table) != nil)
      }
      check(found, keys)
    }
  }

  private func check(_ found: [String: [String]], _ keys: [String: [(Int64, String)]]) {
    #expect(found.keys.sorted() == StoredTable.all.map(\.name).sorted())
    for table in StoredTable.all {
      #expect(found[table.name]?.sorted() == table.columns.map(\.name).sorted(), "\(table.name)")
      let key = (keys[table.name] ?? []).sorted { $0.0 < $1.0 }.map(\.1)
      #expect(key == table.key, "\(table.name)")
    }
  }

  @Test func `texts that Swift takes for the same are different values`() {
    let (one, other) = (StoredValue.text("\u{e9}"), StoredValue.text("e\u{301}"))
    #expect(one != other && Set([one, other]).count == 2)
  }
}
