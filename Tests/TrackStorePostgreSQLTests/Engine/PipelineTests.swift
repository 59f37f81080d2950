import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

@Suite(.needsPostgreSQL, .timeLimit(.minutes(2))) struct PipelineTests {
  private static let insert = Query("INSERT INTO v VALUES (?1, ?2)")
  private static let update = Query("UPDATE v SET t = ?2 WHERE i = ?1")
  private static let count = Query("SELECT count(*) FROM v")

  private func withTable(
    _ body: (_ connection: PostgreSQLConnection, _ string: String) throws -> Void
  ) async throws {
    try await withConnection { connection, string throws in
      try connection.execute(
        script: "CREATE TABLE v (i bigint PRIMARY KEY, t text NOT NULL CHECK (t <> ''));")
      try body(connection, string)
    }
  }

  private func send(
    _ connection: PostgreSQLConnection, _ number: Int64, _ text: String = "a"
  ) throws {
    let statement = try connection.prepared(Self.insert)
    statement.bind(1, number)
    statement.bind(2, text)
    try statement.send(changing: nil)
  }

  private func count(_ connection: PostgreSQLConnection) throws -> Int64 {
    let statement = try connection.prepared(Self.count)
    defer { statement.reset() }
    _ = try statement.step()
    return statement.int(0)
  }

  @Test func `statements are in flight until somebody waits`() async throws {
    try await withTable { connection, string throws in
      try connection.enqueue(command: "BEGIN")
      for number in 0..<100 as Range<Int64> { try send(connection, number) }
      #expect(try count(connection) == 100)
      for number in 100..<200 as Range<Int64> { try send(connection, number) }
      try connection.commit()
      #expect(!connection.isInTransaction)
      let other = try PostgreSQLConnection(ConnectionString(string))
      #expect(try count(other) == 200)
    }
  }

  @Test func `more is sent than the socket takes, in both directions`() async throws {
    try await withTable { connection, _ throws in
      try connection.enqueue(command: "BEGIN")
      let text = String(repeating: "a", count: 900_000)
      for number in 0..<8 as Range<Int64> { try send(connection, number, text) }
      let back = connection.statement(Query("INSERT INTO v VALUES (?1, ?2) RETURNING t"))
      for number in 10..<18 as Range<Int64> {
        back.bind(1, number)
        back.bind(2, text)
        try back.send(changing: nil)
      }
      #expect(try count(connection) == 16)
      try connection.commit()
    }
  }

  @Test func `the first error of what was sent is thrown, whoever waits`() async throws {
    try await withTable { connection, _ throws in
      try connection.enqueue(command: "BEGIN")
      try send(connection, 1)
      try send(connection, 1)
      try send(connection, 2, "")
      let error = refusal { _ = try count(connection) }
      #expect(error?.kind == .failed)
      #expect(error?.detail.contains("23505") == true)
      #expect(connection.fault == nil)
      // Nothing else goes until that is undone.
      #expect(refusal { try send(connection, 3) } == error)
      #expect(refusal { try connection.commit() } == error)
      try connection.rollback()
      #expect(try count(connection) == 0)
    }
  }

  @Test func `the first error is thrown across sync points, too`() async throws {
    try await withTable { connection, _ throws in
      for wrong in [0, 20, 150] as [Int64] {
        try connection.enqueue(command: "BEGIN")
        for number in 0..<200 as Range<Int64> {
          try send(connection, number, number == wrong ? "" : String(repeating: "a", count: 500))
        }
        // Prepared behind the error, if at all.
        let last = try connection.prepared(Self.update)
        last.bind(1, 1 as Int64)
        last.bind(2, "b")
        #expect(refusal { try last.run() }?.detail.contains("23514") == true)
        try connection.rollback()
        #expect(connection.fault == nil)
        #expect(try last.run() == 0)
      }
      #expect(try count(connection) == 0)
    }
  }

  @Test func `an error of ours behind a missing row is noted`() async throws {
    try await withTable { connection, _ throws in
      try connection.enqueue(command: "BEGIN")
      let statement = try connection.prepared(Self.update)
      statement.bind(1, 1 as Int64)
      statement.bind(2, "b")
      try statement.send { "row 1" }
      try connection.enqueue(command: "SELECT 1 FROM nowhere")
      #expect(refusal { try connection.wait() }?.detail == "row 1 does not exist")
      #expect(connection.lastFault?.state == "42P01")
      #expect(refusal { _ = try connection.prepared(Self.update) } == connection.fault)
      try connection.rollback()
      #expect(try count(connection) == 0)
    }
  }

  @Test func `a row that should have been changed is an error in its turn`() async throws {
    try await withTable { connection, _ throws in
      try connection.enqueue(command: "BEGIN")
      try send(connection, 1)
      let statement = try connection.prepared(Self.update)
      for number in [1, 2] as [Int64] {
        statement.bind(1, number)
        statement.bind(2, "b")
        try statement.send { "row \(number)" }
      }
      try send(connection, 1)
      #expect(refusal { try connection.wait() } == StoreError(.failed, "row 2 does not exist"))
      #expect(refusal { try connection.commit() } == StoreError(.failed, "row 2 does not exist"))
      try connection.rollback()
      #expect(try count(connection) == 0)
    }
  }

  @Test func `a statement whose preparation did not run is prepared again`() async throws {
    try await withTable { connection, _ throws in
      try connection.enqueue(command: "BEGIN")
      try send(connection, 1, "")
      let statement = try connection.prepared(Self.update)
      statement.bind(1, 1 as Int64)
      statement.bind(2, "b")
      #expect(refusal { try statement.run() }?.detail.contains("23514") == true)
      try connection.rollback()
      try send(connection, 1)
      #expect(try statement.run() == 1)
    }
  }

  /// The server does not know the statement then, and says so behind the error.
  @Test func `a statement that was to be prepared behind an error hides it not`() async throws {
    try await withTable { connection, _ throws in
      try connection.enqueue(command: "BEGIN")
      try send(connection, 1, "")
      let statement = try connection.prepared(Self.update)
      for number in 0..<40 as Range<Int64> {
        statement.bind(1, number)
        statement.bind(2, String(repeating: "a", count: 500))
        try statement.send(changing: nil)
      }
      #expect(refusal { try connection.wait() }?.detail.contains("23514") == true)
      try connection.rollback()
      #expect(!connection.isBroken)
      try send(connection, 1)
      statement.bind(1, 1 as Int64)
      statement.bind(2, "b")
      #expect(try statement.run() == 1)
    }
  }

  @Test func `a closure's changes are undone without those of others`() async throws {
    try await withTable { connection, _ throws in
      try connection.enqueue(command: "BEGIN")
      try connection.beginChanges()
      try send(connection, 1)
      try connection.endChanges()
      // One that fails by itself, with statements in flight: good ones, bad ones.
      for texts in [["a", "b"], ["a", ""], ["", "a"]] {
        try connection.beginChanges()
        for (index, text) in texts.enumerated() { try send(connection, Int64(index) + 10, text) }
        try connection.undoChanges()
      }
      // One that waits, is refused, and does not mind: it fails at its end.
      try connection.beginChanges()
      try send(connection, 1)
      let waited = refusal { try connection.wait() }
      let ended = refusal { try connection.endChanges() }
      #expect(waited?.kind == .failed && waited == ended)
      try connection.undoChanges()
      // One that does not wait: what it sent is refused at its end.
      for _ in 0..<2 {
        try connection.beginChanges()
        try send(connection, 3)
        try send(connection, 1)
        #expect(refusal { try connection.endChanges() }?.detail.contains("23505") == true)
      }
      // One that changed nothing where it had to.
      try connection.beginChanges()
      try send(connection, 4)
      let statement = try connection.prepared(Self.update)
      statement.bind(1, 99 as Int64)
      statement.bind(2, "b")
      try statement.send { "row 99" }
      #expect(refusal { try connection.endChanges() }?.detail == "row 99 does not exist")
      try connection.beginChanges()
      try send(connection, 2)
      try connection.endChanges()
      #expect(connection.fault == nil)
      try connection.commit()
      #expect(try connection.text("SELECT string_agg(i::text, ',' ORDER BY i) FROM v") == "1,2")
    }
  }

  @Test func `a commit of what failed is no commit`() async throws {
    try await withTable { connection, _ throws in
      try connection.execute(
        script: """
          CREATE TABLE w (i bigint REFERENCES v DEFERRABLE INITIALLY DEFERRED);
          BEGIN;
          """)
      #expect(connection.isInTransaction)
      try connection.statement("INSERT INTO w VALUES (1)").run()
      #expect(refusal { try connection.commit() }?.detail.contains("23503") == true)
      #expect(!connection.isInTransaction)
      try send(connection, 1)
      try connection.wait()
      // The server answers such a COMMIT with ROLLBACK, and without an error.
      try connection.enqueue(command: "BEGIN")
      _ = refusal { try connection.execute(script: "INSERT INTO v VALUES (1, 'a')") }
      #expect(refusal { try connection.commit() } != nil)
      try connection.rollback()
      #expect(try count(connection) == 1)
    }
  }

  @Test func `a server never waits for the rest of what was sent without a timeout`() async throws {
    try await withTable { connection, string throws in
      let pid = try #require(try connection.integer("SELECT pg_backend_pid()"))
      let other = try PostgreSQLConnection(ConnectionString(string))
      try connection.enqueue(command: "BEGIN")
      // Some go to the socket by themselves, in pieces of all sizes.
      for number in 0..<300 as Range<Int64> {
        try send(connection, number, String(repeating: "a", count: Int(number * 37 % 900) + 1))
      }
      try send(connection, 300, String(repeating: "a", count: 50_000))
      try poll {
        try other.text("SELECT state FROM pg_stat_activity WHERE pid = \(pid)")
          == "idle in transaction"
      }
      try connection.commit()
      #expect(try count(connection) == 301)
    }
  }

  @Test func `a script runs as one transaction, and its error is its own`() async throws {
    try await withTable { connection, _ throws in
      let error = refusal {
        try connection.execute(
          script: "INSERT INTO v VALUES (1, 'a'); INSERT INTO v VALUES (1, 'a')")
      }
      #expect(error?.detail.contains("23505") == true)
      #expect(try count(connection) == 0)
      #expect(connection.takeWarnings().isEmpty)
      try connection.execute(script: "DO $$ BEGIN RAISE WARNING 'mind the step'; END $$")
      #expect(connection.takeWarnings().map(\.message) == ["mind the step"])
    }
  }
}
