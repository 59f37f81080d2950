import Synchronization
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

/// A primary that goes, and a standby that takes its place.
@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL, .serialized) struct FailoverTests {
  /// A primary whose COMMITs wait for a standby, and the standby.
  private func pair() throws -> (primary: PostgreSQLServer, standby: PostgreSQLServer) {
    let primary = try PostgreSQLServer()
    let standby = try PostgreSQLServer(standbyOf: primary, name: "b")
    try primary.configure(["synchronous_standby_names = 'b'"])
    try primary.reload()
    return (primary, standby)
  }

  private func string(_ servers: PostgreSQLServer...) -> String {
    "host=\(servers.map(\.host).joined(separator: ",")) user=trackd dbname=postgres "
      + "target_session_attrs=read-write"
  }

  /// What the tasks of a test tell each other.
  private final class Progress: Sendable {
    let done = Atomic<Int>(0)
    let isOver = Atomic<Bool>(false)
    let isWritten = Atomic<Bool>(false)

    func wait(for count: Int) async throws {
      let goal = done.load(ordering: .relaxed) + count
      while done.load(ordering: .relaxed) < goal { try await Task.sleep(for: .milliseconds(10)) }
    }
  }

  @Test(arguments: [true, false])
  func `what was acknowledged is there once, and the stores go on by themselves`(
    isKilled: Bool
  ) async throws {
    let (primary, standby) = try pair()
    let components = (0..<12).map { "c\($0)" }
    var stores: [PostgreSQLTrackStore] = []
    for _ in 0..<3 {
      stores.append(
        try await PostgreSQLTrackStore.open(string(primary, standby), spoolDirectory: nil))
    }
    try await stores[0].write { transaction in
      try Samples.putCatalog(transaction, components: components)
      for component in components {
        try Samples.create(Samples.track("t", of: component), in: transaction)
      }
    }
    let progress = Progress()
    let watching = Task { [store = stores[2]] in try await watch(store, progress) }
    let writing = Task { [stores] in await write(to: components, on: stores, progress) }
    try await progress.wait(for: 200)
    if isKilled { try primary.sendKill() } else { try primary.kill() }
    try standby.configure(["synchronous_standby_names = ''"])
    try standby.promote()
    try await progress.wait(for: 200)
    progress.isOver.store(true, ordering: .relaxed)
    let requests = await writing.value
    progress.isWritten.store(true, ordering: .releasing)
    let seen = try await watching.value
    for (component, count) in requests {
      try await expectRead(stores[1], Int64(count) + 1) {
        try $0.track(componentId: component, id: "t").map { Int64($0.revision) }
      }
    }
    let admin = try PostgreSQLConnection(ConnectionString(standby.string("postgres")))
    let all = requests.reduce(Int64(components.count)) { $0 + Int64($1.1) }
    #expect(try admin.integer("SELECT count(*) FROM change_log") == all)
    #expect(try admin.integer("SELECT max(sequence) FROM change_log") == all)
    // Every change was seen once, in order.
    let logged = try await stores[1].read { try $0.changes(after: .start, limit: 1 << 20) }
    #expect(seen == logged?.map(\.place))
    for store in stores { await store.close() }
  }

  /// Sends requests about each component, one after the other: each on one server after the other,
  /// until one says that it is done.
  ///
  /// - Returns: how many were done.
  private func write(
    to components: [String], on stores: [PostgreSQLTrackStore], _ progress: Progress
  ) async -> [(String, UInt64)] {
    await withTaskGroup(of: (String, UInt64).self) { group in
      for (number, component) in components.enumerated() {
        group.addTask {
          var request: UInt64 = 0
          while !progress.isOver.load(ordering: .relaxed) {
            request += 1
            var attempt = number
            while true {
              attempt += 1
              do {
                try await count(request, of: component, on: stores[attempt % 3])
                break
              } catch {
                // Nobody is told anything but to come back.
                #expect((error as? StoreError)?.kind == .unavailable, "\(error)")
              }
              try? await Task.sleep(for: .milliseconds(20))
            }
            progress.done.add(1, ordering: .relaxed)
          }
          return (component, request)
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  /// Counts a track up, once for each request.
  private func count(
    _ request: UInt64, of component: String, on store: PostgreSQLTrackStore
  ) async throws {
    let key = RequestKey(
      caller: component, method: .createDeploymentTrack, id: UniqueID(high: 1, low: request))
    try await store.write(.component(component)) { transaction in
      if try transaction.request(key) != nil { return }
      guard var track = try transaction.track(componentId: component, id: "t") else {
        throw StoreError(.failed, "there is no track")
      }
      track.revision += 1
      try transaction.updateTrack(track)
      try transaction.appendChange(Samples.change(of: track, kind: .updated))
      var digest = Digest()
      digest.combine(component)
      try transaction.rememberRequest(
        RememberedRequest(key: key, digest: digest, response: [1], at: Samples.time()))
    }
  }

  /// The places of all changes, as somebody sees them who is there all the time.
  private func watch(
    _ store: PostgreSQLTrackStore, _ progress: Progress
  ) async throws -> [LogPlace] {
    var seen: [LogPlace] = []
    while true {
      let isLast = progress.isWritten.load(ordering: .acquiring)
      let place = seen.last ?? .start
      do {
        let page = try await store.read { try $0.changes(after: place, limit: 50) }
        let found = try #require(page)
        seen += found.map(\.place)
        if isLast && found.isEmpty { return seen }
      } catch let error as StoreError {
        #expect(error.kind == .unavailable)
      }
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  /// With a standby that is behind: what only the old primary had is not resumed from.
  @Test func `places that name what the new primary lacks are known`() async throws {
    let primary = try PostgreSQLServer()
    let standby = try PostgreSQLServer(standbyOf: primary, name: "b")
    let store = try await PostgreSQLTrackStore.open(
      string(primary, standby), spoolDirectory: nil)
    try await store.write { try Samples.putCatalog($0) }
    try await store.addTrack("kept", of: "cart")
    let admin = try PostgreSQLConnection(ConnectionString(primary.string("postgres")))
    try poll {
      try admin.integer(
        """
        SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()
        """) == 1
    }
    try standby.kill()
    for id in ["lost1", "lost2"] { try await store.addTrack(id, of: "cart") }
    let before = try #require(try await store.read { try $0.changes(after: .start, limit: 9) })
    #expect(before.count == 3)
    let newest = before[2].place
    try primary.kill()
    try standby.start()
    try standby.promote()
    func read<Value: Sendable>(
      _ body: @escaping @Sendable (any StoreReader) throws -> Value
    ) async throws -> Value {
      while true {
        do { return try await store.read(body) } catch let error as StoreError {
          #expect(error.kind == .unavailable)
          try await Task.sleep(for: .milliseconds(20))
        }
      }
    }
    // With no change in its place, with another one, and with one behind that.
    for round in 0...3 {
      for change in before {
        let place = change.place
        let (resumption, page) = try await read {
          (try $0.resumption(at: place.bytes), try $0.changes(after: place, limit: 9))
        }
        if change.change.resourceId == "kept" {
          #expect(resumption == .behind(place))
          #expect(page?.count == round)
        } else {
          #expect(resumption == .undone(isNews: true))
          #expect(page == nil)
        }
      }
      try await store.addTrack("new\(round)", of: "cart")
    }
    #expect(newest.bytes.count == 16)
    await store.close()
  }

  /// It stands first in the connection string, and takes writes.
  @Test func `a primary that was replaced and comes back is not used`() async throws {
    let (primary, standby) = try pair()
    let store = try await PostgreSQLTrackStore.open(
      string(primary, standby), spoolDirectory: nil)
    try await store.write { try Samples.putCatalog($0) }
    try primary.kill()
    try standby.configure(["synchronous_standby_names = ''"])
    try standby.promote()
    try await store.addTrack("t1", of: "cart")
    try primary.configure(["synchronous_standby_names = ''"])
    try primary.start()
    let current = try PostgreSQLConnection(ConnectionString(standby.string("postgres")))
    _ = try current.integer(
      """
      SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity
      WHERE application_name = 'trackd' AND pid <> pg_backend_pid() AND backend_type = 'client backend'
      """)
    for number in 0..<4 {
      do {
        try await store.addTrack("x\(number)", of: "cart")
        Issue.record("it was written to \(number)")
      } catch {
        let error = error as? StoreError
        #expect(error?.kind == .unavailable)
        #expect(error?.detail.contains("a primary that was replaced") == true)
      }
      await #expect(throws: StoreError.self) { try await store.read { try $0.component("cart") } }
    }
    try primary.kill()
    try await store.addTrack("t2", of: "cart")
    try await expectRead(store, 2) { try $0.trackCount(componentId: "cart", upTo: 9) }
    await store.close()
  }

  @Test func `a standby that stands first is passed over`() async throws {
    let (primary, standby) = try pair()
    let store = try await PostgreSQLTrackStore.open(
      string(standby, primary), spoolDirectory: nil)
    try await store.write { try Samples.putCatalog($0) }
    try await store.addTrack("t", of: "cart")
    // A string that wants any server gets one that takes no writes, and says so.
    let any = string(standby, primary).replacing("=read-write", with: "=any")
    await #expect(throws: StoreOpenError.self) {
      try await PostgreSQLTrackStore.open(any, spoolDirectory: nil)
    }
    await store.close()
  }
}
