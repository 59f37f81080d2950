import Glibc
import Synchronization
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

/// Processes of PostgreSQL that stand still.
@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL, .serialized) struct StoppedServerTests {
  private func open(
    _ server: PostgreSQLServer, _ name: String
  ) async throws -> PostgreSQLTrackStore {
    var options = PostgreSQLStoreOptions()
    options.readPatience = .seconds(2)
    options.writePatience = .seconds(2)
    return try await PostgreSQLTrackStore.open(
      server.string("postgres") + " connect_timeout=2 application_name=\(name)",
      spoolDirectory: nil, options: options)
  }

  /// The processes that serve a store.
  private func processes(
    of name: String, _ admin: PostgreSQLConnection
  ) throws -> [Int32] {
    let rows = admin.statement(
      """
      SELECT pid::bigint FROM pg_stat_activity
      WHERE application_name = '\(name)' AND backend_type = 'client backend'
      """)
    var processes: [Int32] = []
    while try rows.step() { processes.append(Int32(rows.int(0))) }
    return processes
  }

  /// Whoever waits for one of them is told to come back, and everything goes on afterwards.
  @Test(arguments: [true, false])
  func `nobody waits for ever for processes that stand still`(isWhole: Bool) async throws {
    let server = try PostgreSQLServer()
    var stores: [PostgreSQLTrackStore] = []
    for number in 0..<3 { stores.append(try await open(server, "store\(number)")) }
    let components = (0..<6).map { "c\($0)" }
    try await stores[0].write { try Samples.putCatalog($0, components: components) }
    let admin = try PostgreSQLConnection(ConnectionString(server.string("postgres")))
    let stop = Stop()
    let working = Task { [stores] in await work(components, stores, stop) }
    for number in 0..<2 {
      while stop.writes.load(ordering: .relaxed) < 20 * (number + 1) {
        try await Task.sleep(for: .milliseconds(5))
      }
      var processes: [Int32] = []
      if isWhole { processes = [try server.processId()] }
      processes += try self.processes(of: "store\(number)", admin)
      #expect(processes.count > 3)
      for process in processes { kill(process, SIGSTOP) }
      // Until somebody has waited for long enough: it is refused, or goes on with another process.
      let goal = stop.refusals.load(ordering: .relaxed) + 1
      while stop.refusals.load(ordering: .relaxed) < goal,
        try Set(self.processes(of: "store\(number)", admin)).isSubset(of: processes)
      {
        try await Task.sleep(for: .milliseconds(20))
      }
      for process in processes { kill(process, SIGCONT) }
    }
    stop.flag.store(true, ordering: .relaxed)
    let tracks = await working.value
    for (number, store) in stores.enumerated() {
      let component = components[number]
      while (try? await store.addTrack("last", of: component)) == nil {
        try await Task.sleep(for: .milliseconds(20))
      }
    }
    // Once each, and what was refused is not there.
    let rows = admin.statement(
      """
      SELECT c.id || '/' || t.id FROM track t JOIN component c ON c.key = t.component_key
      """)
    var found: [String] = []
    while try rows.step() { found.append(rows.text(0)) }
    let kept = Set(found.filter { !$0.hasSuffix("/last") })
    #expect(kept.count == found.count - 3)
    #expect(tracks.done.isSubset(of: kept))
    #expect(kept.isSubset(of: tracks.done.union(tracks.unknown)))
    for store in stores { await store.close() }
  }

  private final class Stop: Sendable {
    let flag = Atomic<Bool>(false)
    /// Writes that were done, and calls that were refused.
    let writes = Atomic<Int>(0)
    let refusals = Atomic<Int>(0)
  }

  private func work(
    _ components: [String], _ stores: [PostgreSQLTrackStore], _ stop: Stop
  ) async -> (done: Set<String>, unknown: Set<String>) {
    await withTaskGroup(of: (done: Set<String>, unknown: Set<String>).self) { group in
      for (number, component) in components.enumerated() {
        group.addTask {
          var tracks: (done: Set<String>, unknown: Set<String>) = ([], [])
          var track = 0
          while !stop.flag.load(ordering: .relaxed) {
            track += 1
            let store = stores[(track + number) % 3]
            do {
              try await store.addTrack("t\(track)", of: component)
              tracks.done.insert("\(component)/t\(track)")
              stop.writes.add(1, ordering: .relaxed)
            } catch {
              let error = error as? StoreError
              #expect(error?.kind == .unavailable)
              stop.refusals.add(1, ordering: .relaxed)
              if error?.detail.contains("may have happened") == true {
                tracks.unknown.insert("\(component)/t\(track)")
              }
            }
          }
          return tracks
        }
        group.addTask {
          while !stop.flag.load(ordering: .relaxed) {
            do {
              _ = try await stores[number % 3].read { try $0.component(component) }
            } catch {
              #expect((error as? StoreError)?.kind == .unavailable)
              stop.refusals.add(1, ordering: .relaxed)
            }
            try? await Task.sleep(for: .milliseconds(20))
          }
          return ([], [])
        }
      }
      return await group.reduce(into: ([], [])) {
        $0.done.formUnion($1.done)
        $0.unknown.formUnion($1.unknown)
      }
    }
  }
}
