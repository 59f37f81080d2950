import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

@Suite(.needsPostgreSQL, .timeLimit(.minutes(2))) struct StatementValueTests {
  @Test(arguments: [true, false])
  func `values come back as they went`(isPrepared: Bool) async throws {
    try await withConnection(preparesStatements: isPrepared) { connection, _ throws in
      try connection.execute(script: "CREATE TABLE v (i bigint, t text, b bytea)")
      let insert = connection.statement(Query("INSERT INTO v VALUES (?1, ?2, ?3)"))
      let select = connection.statement(Query("SELECT i, t, b FROM v"))
      let clear = connection.statement(Query("DELETE FROM v"))
      let numbers: [Int64] = [0, 1, -1, 42, -9_000_000_001, .max, .min]
      let texts = ["", "a", "Grüße, 世界 🚀", "'\"\\ ?1 $1", String(repeating: "ü", count: 70_000)]
      let blobs: [[UInt8]] = [
        [], [0], [0, 255, 92, 39], Array(0...255), .init(repeating: 7, count: 100_000),
      ]
      for (index, number) in numbers.enumerated() {
        let (text, blob) = (texts[index % texts.count], blobs[index % blobs.count])
        insert.bind(1, number)
        insert.bind(2, text)
        insert.bind(3, blob)
        #expect(try insert.run() == 1)
        #expect(try select.step())
        #expect(select.int(0) == number)
        #expect(select.text(1) == text)
        #expect(select.blob(2) == blob)
        #expect(select.blob(2, equals: blob) && !select.blob(2, equals: blob + [1]))
        #expect(!select.isNull(0) && !select.isNull(1) && !select.isNull(2))
        #expect(select.oddity == nil)
        #expect(try !select.step())
        #expect(try clear.run() == 1)
      }
      for index in 1...3 as ClosedRange<Int32> { insert.bindNull(index) }
      try insert.run()
      #expect(try select.step())
      #expect(select.isNull(0) && select.isNull(1) && select.isNull(2))
      #expect(select.int(0) == 0 && select.text(1) == "" && select.blob(2) == [])
      #expect(select.blob(2, equals: []) && !select.blob(2, equals: [0]))
      #expect(select.oddity == nil)
    }
  }

  @Test func `numbers of each width are read, and what is none is odd`() async throws {
    try await withConnection { connection, _ throws in
      let statement = connection.statement(
        """
        SELECT 32767::int2, '-32768'::int2, 2147483647::int4, '-2147483648'::int4, -1::int8, true,
          false, 4294967295::oid, 1.5::numeric, 'a'::text, 'b'::varchar, 'c'::name
        """)
      #expect(try statement.step())
      let numbers: [Int64] = [
        32767, -32768, 2_147_483_647, -2_147_483_648, -1, 1, 0, 4_294_967_295,
      ]
      for (column, number) in numbers.enumerated() {
        #expect(statement.int(Int32(column)) == number)
      }
      #expect(statement.bool(5) && !statement.bool(6))
      #expect((9...11).map { statement.text($0) } == ["a", "b", "c"])
      #expect(statement.oddity == nil)
      #expect(statement.int(8) == 0 && statement.oddity != nil)
      for odd in [{ _ = statement.int(9) }, { _ = statement.text(0) }, { _ = statement.blob(9) }] {
        statement.oddity = nil
        odd()
        #expect(statement.oddity != nil)
      }
      // There are no such columns, and no such row.
      #expect(statement.isNull(12) && statement.isNull(-1))
      #expect(try !statement.step())
      #expect(statement.isNull(0) && statement.int(0) == 0)
    }
  }

  @Test func `flags go to columns of both kinds`() async throws {
    try await withConnection { connection, _ throws in
      let statement = connection.statement("SELECT ?1::bool, ?2::int2")
      for value in [true, false] {
        statement.bind(1, value)
        statement.bind(2, value)
        #expect(try statement.step())
        #expect(statement.bool(0) == value && statement.bool(1) == value)
        statement.reset()
      }
    }
  }

  @Test func `values that are longer than the store writes are refused`() async throws {
    try await withConnection { connection, _ throws in
      let statement = connection.statement("SELECT ?1::bytea, ?2::text")
      statement.bind(1, [UInt8](repeating: 1, count: LongestValue.blob))
      statement.bind(2, String(repeating: "a", count: LongestValue.text))
      #expect(try statement.step())
      #expect(statement.blob(0).count == LongestValue.blob)
      #expect(statement.text(1).utf8.count == LongestValue.text)
      #expect(statement.oddity == nil)
      statement.reset()
      statement.bind(1, [UInt8](repeating: 1, count: LongestValue.blob + 1))
      statement.bind(2, String(repeating: "a", count: LongestValue.text + 1))
      #expect(try statement.step())
      #expect(statement.blob(0) == [] && statement.oddity != nil)
      statement.oddity = nil
      #expect(statement.text(1) == "" && statement.oddity != nil)
    }
  }

  /// PostgreSQL has no NUL in a text.
  @Test(arguments: ["a\0b", "\0", "\u{1}", "\u{1}0", "\0\u{1}1\0ä", ""])
  func `a text comes back with its NULs`(text: String) async throws {
    try await withConnection { connection, _ throws in
      let statement = connection.statement(Query("SELECT ?1::text, length(?1::text)"))
      statement.bind(1, text)
      #expect(try statement.step())
      #expect(statement.text(0) == text)
      let marked = text.utf8.count { $0 <= 1 }
      #expect(statement.int(1) == Int64(text.unicodeScalars.count + marked))
    }
  }

  @Test func `a parameter that is none of the statement's fails it`() async throws {
    try await withConnection { connection, _ throws in
      let statement = connection.statement("SELECT ?1::int8")
      statement.bind(2, 1 as Int64)
      #expect(refusal { _ = try statement.step() }?.kind == .failed)
    }
  }

  @Test func `a statement is prepared once, and run again amid its rows`() async throws {
    try await withConnection { connection, _ throws in
      let query = Query("SELECT i FROM generate_series(?1::int8, ?2::int8) i")
      let statement = connection.statement(query)
      statement.bind(2, 5 as Int64)
      for first in 1...3 as ClosedRange<Int64> {
        statement.bind(1, first)
        #expect(try statement.step())
        #expect(statement.int(0) == first)
        #expect(try statement.step())
        // The next run has the next value; the other one stayed.
        statement.reset()
      }
      #expect(try statement.run() == 3)
      var rows = 0
      while try statement.step() { rows += 1 }
      #expect(rows == 3)
      // After its end it begins anew.
      #expect(try statement.step())
      #expect(connection.statement(query) === statement)
      let count = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%generate%'"
      #expect(try connection.integer(count) == 1)
    }
  }

  @Test func `the time is the database's`() async throws {
    try await withConnection { connection, _ throws in
      let times = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
      let before = try #require(try connection.integer(times))
      let time = try connection.storeTime(nil).microseconds
      let after = try #require(try connection.integer(times))
      #expect((before...after).contains(time))
    }
  }
}
