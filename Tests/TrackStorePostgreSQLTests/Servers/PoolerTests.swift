import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

/// Servers behind PgBouncer, which gives each transaction one of a few sessions.
@Suite(.timeLimit(.minutes(2)), .needsPgBouncer) struct PoolerTests {
  @Test func `a pooler is known by its process`() async throws {
    try await withPostgreSQLDatabase { string in
      let direct = try Connector(ConnectionString(string)).connect(patience: nil)
      #expect(direct.preparesStatements)
      let host = try PgBouncer.shared.host
      let pooled = try Connector(ConnectionString("\(string) host=\(host)"))
        .connect(patience: nil)
      #expect(!pooled.preparesStatements)
      #expect(pooled.timeline == direct.timeline && pooled.timeline > 0)
    }
  }

  /// More connections than sessions: whatever a connection left in its session, others would find.
  @Test func `servers share few sessions, lose nothing and leave nothing behind`() async throws {
    try await withPostgreSQLDatabase { string in
      let pooler = try PgBouncer(to: PostgreSQLCluster.shared.host, sessions: 3)
      let pooled = "\(string) host=\(pooler.host)"
      var stores: [PostgreSQLTrackStore] = []
      for _ in 0..<3 {
        stores.append(try await PostgreSQLTrackStore.open(pooled, spoolDirectory: nil))
      }
      let components = (0..<9).map { "c\($0)" }
      try await stores[0].write { try Samples.putCatalog($0, components: components) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (number, component) in components.enumerated() {
          group.addTask { [stores] in
            for track in 0..<20 {
              let store = stores[(number + track) % 3]
              if track % 5 == 3 {
                _ = try? await store.write(.component(component)) {
                  try $0.appendChange(Samples.change(of: Samples.track("x", of: component)))
                  throw TestError()
                }
              }
              try await store.addTrack("t\(track)", of: component)
              let count = try await store.read {
                try $0.trackCount(componentId: component, upTo: 100)
              }
              #expect(count == track + 1)
            }
          }
        }
        try await group.waitForAll()
      }
      let admin = try PostgreSQLConnection(ConnectionString(string))
      #expect(try admin.integer("SELECT count(*) FROM change_log") == 180)
      #expect(try admin.integer("SELECT max(sequence) FROM change_log") == 180)
      let sessions = try admin.integer(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        """)
      #expect(try #require(sessions) <= 3)
      // What is under way holds locks of its own.
      for store in stores { await store.close() }
      // What every session has for good, seen through the pooler.
      let other = try PostgreSQLConnection(
        ConnectionString(pooled), preparesStatements: false)
      for _ in 0..<6 {
        let left = try other.text(
          """
          SELECT (SELECT count(*) FROM pg_prepared_statements) || ' '
            || (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database =
              (SELECT oid FROM pg_database WHERE datname = current_database())) || ' '
            || current_setting('idle_in_transaction_session_timeout')
          """)
        #expect(left == "0 0 0")
      }
    }
  }
}
