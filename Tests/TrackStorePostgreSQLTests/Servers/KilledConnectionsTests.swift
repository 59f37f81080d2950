import Synchronization
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

/// Servers whose connections are ended all the time, at any statement.
@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL) struct KilledConnectionsTests {
  /// What became of a write as its caller knows it.
  private enum Outcome { case done, refused, unknown }

  @Test func `what was acknowledged is there, once, and what was refused is not`() async throws {
    let components = (0..<16).map { "c\($0)" }
    try await withServers(3, components: components) { stores, string in
      let killing = Task { try await kill(string) }
      let outcomes = await withTaskGroup(of: [String: Outcome].self) { group in
        for (number, component) in components.enumerated() {
          group.addTask {
            var known: [String: Outcome] = [:]
            for track in 0..<25 {
              do {
                try await stores[(number + track) % 3].addTrack("t\(track)", of: component)
                known["\(component)/t\(track)"] = .done
              } catch {
                let detail = (error as? StoreError)?.detail ?? ""
                known["\(component)/t\(track)"] =
                  detail.contains("may have happened") ? .unknown : .refused
              }
            }
            return known
          }
        }
        return await group.reduce(into: [:]) { $0.merge($1) { $1 } }
      }
      killing.cancel()
      let kills = try await killing.value
      #expect(kills > 0)
      try await check(outcomes, on: stores[0], string)
    }
  }

  /// - Returns: how many connections it ended.
  private func kill(_ string: String) async throws -> Int64 {
    let admin = try PostgreSQLConnection(ConnectionString(string))
    var kills: Int64 = 0
    while !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(4))
      kills +=
        try admin.integer(
          """
          SELECT count(pg_terminate_backend(pid)) FROM (
            SELECT pid FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            ORDER BY state = 'idle', random() LIMIT 1) AS one
          """) ?? 0
    }
    return kills
  }

  private func check(
    _ outcomes: [String: Outcome], on store: PostgreSQLTrackStore, _ string: String
  ) async throws {
    let admin = try PostgreSQLConnection(ConnectionString(string))
    var logged: [String: Int] = [:]
    let rows = admin.statement(
      "SELECT component_id || '/' || resource_id, sequence FROM change_log ORDER BY sequence")
    var last: Int64 = 0
    while try rows.step() {
      logged[rows.text(0), default: 0] += 1
      #expect(rows.int(1) == last + 1)
      last = rows.int(1)
    }
    for (name, outcome) in outcomes {
      let parts = name.split(separator: "/").map(String.init)
      let isThere = try admin.integer(
        """
        SELECT count(*) FROM track t JOIN component c ON c.key = t.component_key
        WHERE c.id = '\(parts[0])' AND t.id = '\(parts[1])'
        """)
      #expect(isThere == Int64(logged[name] ?? 0), "\(name) and its change")
      switch outcome {
      case .done: #expect(logged[name] == 1, "\(name)")
      case .refused: #expect(logged[name] == nil, "\(name)")
      case .unknown: break
      }
    }
    #expect(outcomes.values.contains { if case .done = $0 { true } else { false } })
  }
}
