import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

/// The meaning of PostgreSQL's errors, which decides whether writing goes on.
@Suite(.timeLimit(.minutes(2))) struct PostgreSQLErrorTests {
  @Test(arguments: [
    ("23505", "ERROR", PostgreSQLError.Kind.constraint, StoreError.Kind.failed),
    ("P0001", "ERROR", .constraint, .failed), ("42601", "ERROR", .other, .failed),
    ("25P02", "ERROR", .other, .failed), ("40001", "ERROR", .serialization, .unavailable),
    ("40P01", "ERROR", .serialization, .unavailable), ("53100", "ERROR", .full, .full),
    ("53200", "ERROR", .memory, .unavailable), ("55P03", "ERROR", .busy, .unavailable),
    ("57014", "ERROR", .busy, .unavailable), ("25006", "ERROR", .connection, .unavailable),
    ("08006", "ERROR", .connection, .unavailable), ("57P01", "FATAL", .connection, .unavailable),
    ("57P03", "FATAL", .connection, .unavailable), ("25P03", "FATAL", .connection, .unavailable),
    ("53300", "FATAL", .connection, .unavailable), ("XX000", "PANIC", .connection, .unavailable),
  ])
  func `each error is of its kind`(
    state: String, severity: String, kind: PostgreSQLError.Kind, told: StoreError.Kind
  ) {
    let error = PostgreSQLError(state: state, severity: severity, message: "a")
    #expect(error.kind == kind)
    #expect(StoreError(error).kind == told)
  }

  @Test func `a message is one line without values`() {
    func message(_ state: String, _ text: String) -> String {
      PostgreSQLError(state: state, message: text).message
    }
    #expect(message("08006", "a\n\tb\n") == "a \tb")
    #expect(message("23505", #"broke "k""#) == #"broke "k""#)
    #expect(message("22P02", #"no integer: "sesame""#) == #"no integer: "...""#)
    #expect(message("22003", #"value "9" is out of range"#) == #"value "..." is out of range"#)
    #expect(message("22P02", #"a "se"sa"me" b"#) == #"a "..." b"#)
  }

  @Test(
    .needsPostgreSQL,
    arguments: [
      ("INSERT INTO v VALUES (1)", "23505", PostgreSQLError.Kind.constraint),
      ("INSERT INTO w VALUES (2)", "23503", .constraint),
      ("INSERT INTO v VALUES (NULL)", "23502", .constraint),
      ("INSERT INTO v VALUES (-1)", "23514", .constraint),
      ("DO $$ BEGIN RAISE 'not so'; END $$", "P0001", .constraint),
      ("SELEKT 1", "42601", .other),
      ("SELECT 1 FROM nowhere", "42P01", .other),
      ("SELECT 'sesame'::text::int", "22P02", .constraint),
      ("DO $$ BEGIN RAISE 'no' USING ERRCODE = '40001'; END $$", "40001", .serialization),
      ("SELECT pg_sleep(100)", "57014", .busy),
      ("LOCK TABLE w IN ACCESS SHARE MODE", "55P03", .busy),
    ])
  func `real errors are of their kinds`(
    sql: String, state: String, kind: PostgreSQLError.Kind
  ) async throws {
    try await withConnection { connection, string throws in
      try connection.execute(
        script: """
          CREATE TABLE v (i int PRIMARY KEY CHECK (i > 0));
          CREATE TABLE w (i int REFERENCES v);
          INSERT INTO v VALUES (1);
          SET statement_timeout = '500ms';
          SET lock_timeout = '50ms';
          """)
      let other = try PostgreSQLConnection(ConnectionString(string))
      if kind == .busy { try other.execute(script: "BEGIN; LOCK TABLE w") }
      try connection.enqueue(command: "BEGIN")
      let error = refusal { try connection.statement(sql).run() }
      #expect(error?.detail.contains(state) == true)
      #expect(error?.detail.contains("sesame") == false)
      #expect(connection.lastFault?.state == (kind == .constraint ? nil : state))
      #expect((connection.fault == nil) == (kind == .constraint))
      if let fault = connection.lastFault { #expect(fault.kind == kind) }
      #expect(!connection.isBroken)
      try connection.rollback()
      #expect(connection.fault == nil)
      #expect(try connection.integer("SELECT count(*) FROM v") == 1)
    }
  }
}
