import Synchronization
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

/// COMMITs whose answer does not come, or says less than was asked for. The cluster of the tests waits
/// for a standby that does not exist where a database asks for it.
@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL) struct LostCommitTests {
  /// Has COMMITs of new connections wait for a standby, or not.
  private func waitForStandby(_ isOn: Bool, _ admin: PostgreSQLConnection) throws {
    let name = try #require(try admin.text("SELECT current_database()"))
    try admin.execute(
      script: "ALTER DATABASE \(name) SET synchronous_commit = \(isOn ? "on" : "local")")
  }

  private func endConnections(_ admin: PostgreSQLConnection) throws {
    _ = try admin.integer(
      """
      SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
      """)
  }

  /// Runs `body` with the process of a COMMIT that waits for its standby, and gives what became of
  /// the writes.
  private func withWaitingCommit(
    writes: Int, _ body: (_ admin: PostgreSQLConnection, _ process: Int64) throws -> Void
  ) async throws -> (done: Int, tracks: Int, changes: Int) {
    var outcome = (done: 0, tracks: 0, changes: 0)
    let components = (0..<writes).map { "c\($0)" }
    try await withServers(1, components: components) { stores, string in
      let admin = try PostgreSQLConnection(ConnectionString(string))
      try waitForStandby(true, admin)
      try endConnections(admin)
      let isDone = Atomic<Bool>(false)
      let writing = Task {
        defer { isDone.store(true, ordering: .releasing) }
        return await withTaskGroup(of: Bool.self) { group in
          for id in components {
            group.addTask { (try? await stores[0].addTrack("t", of: id)) != nil }
          }
          return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
      }
      var waiting: Int64?
      while waiting == nil {
        try await Task.sleep(for: .milliseconds(10))
        waiting = try admin.integer(
          """
          SELECT pid FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event = 'SyncRep'
            AND query = 'COMMIT' LIMIT 1
          """)
      }
      try waitForStandby(false, admin)
      try body(admin, try #require(waiting))
      // Others that wait, on connections that were made before.
      while !isDone.load(ordering: .acquiring) {
        let process = try admin.integer(
          """
          SELECT pid FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event = 'SyncRep'
            AND query = 'COMMIT' LIMIT 1
          """)
        if let process { try body(admin, process) }
        try await Task.sleep(for: .milliseconds(10))
      }
      outcome.done = await writing.value
      for id in components {
        outcome.tracks += try await stores[0].read {
          try $0.trackId(componentId: id, unversionedBranch: "t") == nil ? 0 : 1
        }
      }
      outcome.changes =
        try await stores[0].read { try $0.changes(after: .start, limit: 1000) }?.count ?? 0
    }
    return outcome
  }

  @Test(arguments: [1, 12])
  func `what was committed is answered so, though the answer was lost`(writes: Int) async throws {
    let outcome = try await withWaitingCommit(writes: writes) { admin, process in
      _ = try admin.integer("SELECT 1 WHERE pg_terminate_backend(\(process))")
    }
    #expect(outcome == (done: writes, tracks: writes, changes: writes))
  }

  /// The server gives up waiting with a warning, and answers that it has committed.
  @Test(arguments: [1, 12])
  func `what no standby confirmed is confirmed again before it is answered`(
    writes: Int
  ) async throws {
    let outcome = try await withWaitingCommit(writes: writes) { admin, process in
      _ = try admin.integer("SELECT 1 WHERE pg_cancel_backend(\(process))")
    }
    #expect(outcome == (done: writes, tracks: writes, changes: writes))
  }

  @Test func `a mark tells a transaction that ended from one that did not`() async throws {
    try await withServers(1) { _, string in
      let writing = try PostgreSQLConnection(ConnectionString(string))
      let other = try PostgreSQLConnection(ConnectionString(string))
      var mark = CommitMark()
      try mark.make(on: writing)
      for isCommitted in [true, false, true] {
        try writing.enqueue(command: "BEGIN")
        try mark.write(on: writing)
        try writing.wait()
        // It is not over yet: whoever asks waits for it.
        other.waitLimit = .seconds(60)
        if isCommitted { try writing.commit() } else { try writing.rollback() }
        #expect(try mark.isCommitted(on: other) == isCommitted)
      }
      #expect(try CommitMark().isCommitted(on: other) == false)
    }
  }

  /// It is dropped where nobody has written for long.
  @Test func `a mark that was dropped is made again`() async throws {
    try await withServers(1, components: ["a", "b"]) { stores, string in
      let admin = try PostgreSQLConnection(ConnectionString(string))
      for round in 0..<3 {
        try admin.execute(script: "DELETE FROM commit_mark")
        async let first: Void = stores[0].addTrack("t\(round)", of: "a")
        async let second: Void = stores[0].addTrack("t\(round)", of: "b")
        _ = try await (first, second)
      }
    }
  }
}
