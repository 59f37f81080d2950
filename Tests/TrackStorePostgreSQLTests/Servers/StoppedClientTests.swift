import Synchronization
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

/// Servers that stop while they send something.
@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL) struct StoppedClientTests {
  private static let big = Query("SELECT length(?1::bytea)")

  /// Runs `body` with a proxy before the cluster of the tests.
  private func withProxy(_ body: (SocketProxy) async throws -> Void) async throws {
    let proxy = try SocketProxy(to: PostgreSQLCluster.shared.host)
    defer { proxy.close() }
    try await body(proxy)
  }

  /// Whatever of it has come to the server: it waits for the rest, with what it has locked. Without a
  /// name of its statement there is more than one message before the sync point, so that none of the
  /// server's timeouts runs.
  @Test(arguments: [true, false])
  func `a long message that stops midway holds nobody up for long`(isPrepared: Bool) async throws {
    try await withServers(1) { stores, string in
      try await withProxy { proxy in
        let stopping = try PostgreSQLConnection(
          ConnectionString(string + " host=\(proxy.folder)"), preparesStatements: isPrepared)
        try stopping.enqueue(command: "BEGIN")
        try stopping.enqueue(command: "SET LOCAL idle_in_transaction_session_timeout = '5s'")
        try stopping.statement("SELECT 1 FROM component FOR UPDATE").run()
        let statement = stopping.statement(Self.big)
        statement.bind(1, [UInt8](repeating: 7, count: 4 << 20))
        stopping.waitLimit = .milliseconds(500)
        proxy.limit(1 << 20)
        #expect(throws: StoreError.self) { _ = try statement.step() }
        try await stores[0].addTrack("t", of: "cart")
        try await expectRead(stores[0], 1) { try $0.trackCount(componentId: "cart", upTo: 9) }
      }
    }
  }

  /// A session that waits for nobody's lock is left alone, and so is one that is busy.
  @Test func `sessions that hold nobody up are left alone`() async throws {
    try await withServers(1) { stores, string in
      try await withProxy { proxy in
        let stopping = try PostgreSQLConnection(
          ConnectionString(string + " host=\(proxy.folder)"), preparesStatements: false)
        let pid = try #require(try stopping.integer("SELECT pg_backend_pid()"))
        let statement = stopping.statement(Self.big)
        statement.bind(1, [UInt8](repeating: 7, count: 4 << 20))
        stopping.waitLimit = .milliseconds(500)
        proxy.limit(1 << 20)
        #expect(throws: StoreError.self) { _ = try statement.step() }
        let admin = try PostgreSQLConnection(ConnectionString(string))
        try admin.execute(script: "BEGIN; SELECT 1 FROM component FOR UPDATE")
        let writing = Task { try await stores[0].addTrack("t", of: "cart") }
        let other = try PostgreSQLConnection(ConnectionString(string))
        // For longer than a session may be silent that holds somebody up.
        let silent = """
          SELECT count(*) FROM pg_stat_activity WHERE pid = \(pid)
            AND query_start < clock_timestamp() - interval '6 seconds'
          """
        try poll { try other.integer(silent) == 1 }
        let isThere = try other.integer("SELECT count(*) FROM pg_stat_activity WHERE pid = \(pid)")
        #expect(isThere == 1)
        try admin.rollback()
        try await writing.value
      }
    }
  }

  /// Connecting takes its time, which the others do not wait for.
  @Test func `a snapshot that is about to be opened holds up no other`() async throws {
    try await withServers(1) { _, string in
      try await withProxy { proxy in
        let store = try await PostgreSQLTrackStore.open(
          string + " host=\(proxy.folder) connect_timeout=60", spoolDirectory: nil)
        try await store.withSnapshot(limit: .seconds(60)) { snapshot in
          _ = try await snapshot.read { try $0.trackCount(componentId: "cart", upTo: 9) }
          proxy.accept(false)
          let opening = Task {
            try await store.withSnapshot(limit: .seconds(60)) { try await $0.read { _ in true } }
          }
          while !proxy.hasWaiting { try await Task.sleep(for: .milliseconds(5)) }
          let count = try await snapshot.read { try $0.trackCount(componentId: "cart", upTo: 9) }
          #expect(count == 0)
          proxy.accept(true)
          #expect(try await opening.value)
        }
        await store.close()
      }
    }
  }

  @Test func `snapshots that come one after the other share connections`() async throws {
    try await withServers(1) { stores, string in
      let admin = try PostgreSQLConnection(ConnectionString(string))
      var processes: Set<Int64> = []
      for round in 0..<20 {
        let process = try await stores[0].withSnapshot(limit: .seconds(60)) { snapshot in
          try await snapshot.read { reader in
            let row = try (reader as? Reader)?.source.prepared(Query("SELECT pg_backend_pid()"))
            defer { row?.reset() }
            return try row?.step() == true ? row?.int(0) : nil
          }
        }
        processes.insert(try #require(process))
        // One that was ended meanwhile is replaced.
        if round == 9 {
          _ = try admin.integer("SELECT 1 WHERE pg_terminate_backend(\(process ?? 0), 60000)")
        }
      }
      #expect(processes.count == 2)
    }
  }
}
