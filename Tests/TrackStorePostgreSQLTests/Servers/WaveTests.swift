import Synchronization
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

/// Writes of one component that come together: they share a transaction, and each sees what those
/// before it have done.
@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL) struct WaveTests {
  private struct Refused: Error {}

  /// Runs `writes` in one group: they are queued, in their order, while the component is locked.
  private func together(
    _ count: Int, of store: PostgreSQLTrackStore, _ string: String,
    _ write: @escaping @Sendable (Int) async throws -> Void
  ) async throws -> [Bool] {
    let other = try PostgreSQLConnection(ConnectionString(string))
    try other.execute(script: "BEGIN; SELECT FROM component FOR UPDATE")
    // Has the one thread that writes, until the lock is gone.
    async let first: Void = store.write(.component("cart")) { _ in }
    let waiting = """
      SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'
      """
    while try other.integer(waiting) == 0 { try await Task.sleep(for: .milliseconds(10)) }
    let writes = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
      for number in 0..<count {
        group.addTask {
          do { try await write(number) } catch is Refused { return (number, false) }
          return (number, true)
        }
        while store.queuedWrites <= number { try await Task.sleep(for: .milliseconds(1)) }
      }
      try other.execute(script: "COMMIT")
      return try await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
    }
    try await first
    return (0..<count).map { writes[$0] ?? false }
  }

  private func withStore(
    _ body: (PostgreSQLTrackStore, _ string: String) async throws -> Void
  ) async throws {
    try await withPostgreSQLDatabase { string in
      var options = PostgreSQLStoreOptions()
      options.writers = 1
      // Would be a group of its own among them.
      options.reapPause = .seconds(3600)
      let store = try await PostgreSQLTrackStore.open(
        string, spoolDirectory: nil, options: options)
      do {
        try await store.write { try Samples.putCatalog($0, components: ["cart"]) }
        try await body(store, string)
      } catch {
        await store.close()
        throw error
      }
      await store.close()
    }
  }

  private func integer(_ query: String, _ string: String) throws -> Int64? {
    try PostgreSQLConnection(ConnectionString(string)).integer(query)
  }

  @Test func `writes of one component that wait share a commit`() async throws {
    try await withStore { store, string in
      let done = try await together(12, of: store, string) { number in
        try await store.addTrack("t\(number)", of: "cart")
      }
      #expect(done == Array(repeating: true, count: 12))
      #expect(try integer("SELECT count(*) FROM track", string) == 12)
      #expect(try integer("SELECT count(DISTINCT xmin::text) FROM track", string) == 1)
      #expect(try integer("SELECT count(DISTINCT xmin::text) FROM change_log", string) == 1)
      // In their order.
      let changes = try await store.read { try $0.changes(after: .start, limit: 100) }
      #expect(changes?.map(\.change.resourceId) == (0..<12).map { "t\($0)" })
    }
  }

  @Test func `no write waits for more than a few of another component`() async throws {
    try await withStore { store, string in
      let count = WriteQueue.waveLimit + 4
      _ = try await together(count, of: store, string) { number in
        try await store.addTrack("t\(number)", of: "cart")
      }
      #expect(try integer("SELECT count(*) FROM track", string) == Int64(count))
      #expect(try integer("SELECT count(DISTINCT xmin::text) FROM track", string) == 2)
    }
  }

  /// Each adds one to a number that all have in common, and some of them fail.
  @Test(arguments: [false, true])
  func `each write sees what those before it did, and nothing of those that failed`(
    readsItsOwn: Bool
  ) async throws {
    try await withStore { store, string in
      try await store.addTrack("t", of: "cart")
      let done = try await together(12, of: store, string) { number in
        try await store.write(.component("cart")) { transaction in
          var track = try #require(try transaction.track(componentId: "cart", id: "t"))
          track.description = "\((Int(track.description) ?? 0) + 1)"
          try transaction.updateTrack(track)
          if number % 3 == 0 { throw Refused() }
          // What reads its own changes cannot share: nor can what comes behind it.
          if readsItsOwn, number == 4 {
            let read = try transaction.track(componentId: "cart", id: "t")
            #expect(read?.description == track.description)
          }
        }
      }
      #expect(done == (0..<12).map { $0 % 3 != 0 })
      let track = try await store.read { try $0.track(componentId: "cart", id: "t") }
      #expect(track?.description == "8")
    }
  }

  @Test func `a write that the schema refuses costs itself only`() async throws {
    try await withStore { store, string in
      let done = try await together(6, of: store, string) { number in
        do {
          // The second one of each id is refused.
          try await store.addTrack("t\(number / 2)", of: "cart")
        } catch is StoreError {
          throw Refused()
        }
      }
      #expect(done == [true, false, true, false, true, false])
      #expect(try integer("SELECT count(*) FROM track", string) == 3)
    }
  }
}
