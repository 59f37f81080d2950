import Glibc
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

@Suite(.needsPostgreSQL, .timeLimit(.minutes(2))) struct BrokenConnectionTests {
  private static let one = Query("SELECT 1")

  private func processId(_ connection: PostgreSQLConnection) throws -> Int32 {
    Int32(try #require(try connection.integer("SELECT pg_backend_pid()")))
  }

  private func expectBroken(_ connection: PostgreSQLConnection, _ error: StoreError?) {
    #expect(error?.kind == .unavailable)
    #expect(connection.isBroken)
    #expect(connection.lastFault?.kind == .connection)
    #expect(refusal { _ = try connection.prepared(Self.one) } != nil)
    #expect(refusal { try connection.rollback() } != nil)
    #expect(refusal { _ = try connection.integer("SELECT 1") }?.kind == .unavailable)
    #expect(connection.isBroken && connection.fault != nil)
  }

  @Test(arguments: [false, true])
  func `a session that was ended breaks its connection`(inTransaction: Bool) async throws {
    try await withConnection { connection, string throws in
      let pid = try processId(connection)
      if inTransaction {
        try connection.enqueue(command: "BEGIN")
        try connection.wait()
      }
      let other = try PostgreSQLConnection(ConnectionString(string))
      #expect(try other.integer("SELECT pg_terminate_backend(\(pid), 60000)::int") == 1)
      let error = refusal { _ = try connection.integer("SELECT 1") }
      #expect(error?.detail.contains("57P01") == true)
      expectBroken(connection, error)
    }
  }

  @Test func `a session that is ended while it works breaks its connection`() async throws {
    try await withConnection { connection, _ throws in
      try connection.enqueue(command: "BEGIN")
      let statement = try connection.prepared(
        Query("SELECT pg_terminate_backend(pg_backend_pid(), 0)::int"))
      try statement.send(changing: nil)
      try connection.enqueue(command: "SAVEPOINT a")
      expectBroken(connection, refusal { try connection.commit() })
    }
  }

  @Test func `a process that was killed breaks its connection`() async throws {
    try await withConnection { connection, _ throws in
      // The server ends its other sessions then, too, which are those of other tests: so only the
      // socket is cut.
      let socket = connection.descriptor
      #expect(shutdown(socket, Int32(SHUT_RDWR)) == 0)
      expectBroken(connection, refusal { _ = try connection.integer("SELECT 1") })
    }
  }

  @Test func `a server that takes no writes breaks the connection`() async throws {
    try await withConnection { connection, _ throws in
      try connection.execute(script: "CREATE TABLE v (i int)")
      try connection.enqueue(command: "BEGIN READ ONLY")
      let error = refusal { try connection.statement("INSERT INTO v VALUES (1)").run() }
      #expect(error?.detail.contains("25006") == true)
      expectBroken(connection, error)
    }
  }

  @Test func `a server that stands still ends the wait, not the query`() async throws {
    try await withConnection { connection, string throws in
      try connection.execute(script: "CREATE TABLE v (i int)")
      let pid = try processId(connection)
      try connection.enqueue(command: "BEGIN")
      try connection.statement("INSERT INTO v VALUES (1)").run()
      #expect(kill(pid, SIGSTOP) == 0)
      defer { kill(pid, SIGCONT) }
      connection.waitLimit = .milliseconds(200)
      expectBroken(connection, refusal { try connection.commit() })
      kill(pid, SIGCONT)
      let other = try PostgreSQLConnection(ConnectionString(string))
      try poll { try other.integer("SELECT count(*) FROM v") == 1 }
    }
  }

  /// Though the connection is still there.
  @Test func `what a broken connection had locked is free when the server goes on`() async throws {
    try await withConnection { connection, string throws in
      try connection.execute(script: "CREATE TABLE v (i int); INSERT INTO v VALUES (1)")
      let pid = try processId(connection)
      try connection.enqueue(command: "BEGIN")
      try connection.statement("SELECT 1 FROM v FOR UPDATE").run()
      #expect(kill(pid, SIGSTOP) == 0)
      defer { kill(pid, SIGCONT) }
      connection.waitLimit = .milliseconds(200)
      expectBroken(connection, refusal { _ = try connection.integer("SELECT 1") })
      kill(pid, SIGCONT)
      let other = try PostgreSQLConnection(ConnectionString(string))
      try other.execute(script: "SET lock_timeout = '20s'; SELECT 1 FROM v FOR UPDATE")
      #expect(connection.isBroken)
    }
  }

  @Test func `a server that reads no further ends the wait`() async throws {
    try await withConnection { connection, _ throws in
      let pid = try processId(connection)
      let statement = try connection.prepared(Query("SELECT length(?1::bytea)"))
      statement.bind(1, [UInt8](repeating: 1, count: 8 << 20))
      #expect(kill(pid, SIGSTOP) == 0)
      defer { kill(pid, SIGCONT) }
      connection.waitLimit = .milliseconds(200)
      expectBroken(connection, refusal { _ = try statement.step() })
    }
  }

  @Test func `what takes its time within the limit is waited for`() async throws {
    try await withConnection { connection, _ throws in
      connection.waitLimit = .seconds(60)
      let one = try connection.integer("SELECT 1 FROM pg_sleep(0.1)")
      #expect(one == 1)
    }
  }
}
