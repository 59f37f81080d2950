import Synchronization
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

/// Servers that tell each other of commits.
@Suite(.timeLimit(.minutes(2)), .needsPgBouncer) struct NotifiedServerTests {
  private final class Counter: Sendable {
    let calls = Atomic(0)
    var count: Int { calls.load(ordering: .relaxed) }
  }

  /// Stores that never look for commits, behind a pooler as well. They look in the end, so that none
  /// waits for ever.
  private func withNotified(
    _ count: Int, pooler: PgBouncer? = nil,
    _ body: ([PostgreSQLTrackStore], PostgreSQLConnection) async throws -> Void
  ) async throws {
    try await withPostgreSQLDatabase { string in
      var options = PostgreSQLStoreOptions()
      options.poll = .seconds(3600)
      options.notifiedPoll = .seconds(3600)
      options.notifyConnection = string
      let reached = pooler.map { "\(string) host=\($0.host)" } ?? string
      var stores: [PostgreSQLTrackStore] = []
      for _ in 0..<count {
        stores.append(
          try await PostgreSQLTrackStore.open(reached, spoolDirectory: nil, options: options))
      }
      do {
        for store in stores { try await until { store.isNotified } }
        try await stores[0].write { try Samples.putCatalog($0, components: ["cart"]) }
        try await body(stores, PostgreSQLConnection(ConnectionString(string)))
      } catch {
        for store in stores { await store.close() }
        throw error
      }
      for store in stores { await store.close() }
    }
  }

  private func until(_ isSo: () throws -> Bool) async throws {
    while try !isSo() { try await Task.sleep(for: .milliseconds(5)) }
  }

  @Test func `commits of others are told at once, behind a pooler too`() async throws {
    let pooler = try PgBouncer(to: PostgreSQLCluster.shared.host, sessions: 3)
    try await withNotified(3, pooler: pooler) { stores, _ in
      let counters = stores.map { _ in Counter() }
      for (store, counter) in zip(stores, counters) {
        store.observeCommits { counter.calls.add(1, ordering: .relaxed) }
      }
      for (number, store) in stores.enumerated() {
        let before = counters.map(\.count)
        try await store.addTrack("t\(number)", of: "cart")
        try await until { zip(counters, before).allSatisfy { $0.count > $1 } }
      }
    }
  }

  @Test func `a connection that was lost is replaced, and what came meanwhile is found`()
    async throws
  {
    try await withNotified(2) { stores, admin in
      let counter = Counter()
      stores[1].observeCommits { counter.calls.add(1, ordering: .relaxed) }
      for number in 0..<3 {
        let before = counter.count
        let ended = try admin.integer(
          """
          SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
          WHERE datname = current_database() AND query = 'LISTEN \(CommitHints.channel)'
            OR datname = current_database() AND query = 'NOTIFY \(CommitHints.channel)'
          """)
        #expect(ended == 2)
        // Nobody is told of this one, unless connections are back already.
        try await stores[0].addTrack("t\(number)", of: "cart")
        try await until { counter.count > before }
        try await until { stores.allSatisfy(\.isNotified) }
      }
    }
  }

  @Test func `another database is refused, and so is a pooler`() async throws {
    try await withPostgreSQLDatabase { string in
      try await withPostgreSQLDatabase { other in
        try await PostgreSQLTrackStore.open(other, spoolDirectory: nil).close()
        let pooled = "\(string) host=\(try PgBouncer.shared.host)"
        for (wrong, reason) in [(other, "another database"), (pooled, "pooler")] {
          var options = PostgreSQLStoreOptions()
          options.notifyConnection = wrong
          let error = await #expect(throws: StoreOpenError.self) {
            try await PostgreSQLTrackStore.open(string, spoolDirectory: nil, options: options)
              .close()
          }
          #expect(error?.description.contains(reason) == true)
        }
      }
    }
  }

  @Test func `one that does not answer is waited for by nobody`() async throws {
    try await withPostgreSQLDatabase { string in
      var options = PostgreSQLStoreOptions()
      options.notifyConnection = "host=127.0.0.1 port=1"
      let store = try await PostgreSQLTrackStore.open(
        string, spoolDirectory: nil, options: options)
      let counter = Counter()
      store.observeCommits { counter.calls.add(1, ordering: .relaxed) }
      let other = try await PostgreSQLTrackStore.open(string, spoolDirectory: nil)
      try await other.write { try Samples.putCatalog($0, components: ["cart"]) }
      try await until { counter.count > 0 }
      #expect(!store.isNotified)
      await other.close()
      await store.close()
    }
  }
}
