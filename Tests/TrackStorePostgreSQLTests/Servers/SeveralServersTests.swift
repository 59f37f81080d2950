import Glibc
import Synchronization
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

/// Runs `body` with stores of several servers on one database, which has the catalog of the samples.
func withServers(
  _ count: Int, components: [String] = ["cart"],
  _ body: (_ stores: [PostgreSQLTrackStore], _ string: String) async throws -> Void
) async throws {
  try await withPostgreSQLDatabase { string in
    var stores: [PostgreSQLTrackStore] = []
    for _ in 0..<count {
      stores.append(try await PostgreSQLTrackStore.open(string, spoolDirectory: nil))
    }
    do {
      try await stores[0].write { try Samples.putCatalog($0, components: components) }
      try await body(stores, string)
    } catch {
      for store in stores { await store.close() }
      throw error
    }
    for store in stores { await store.close() }
  }
}

extension TrackStore {
  /// Adds a track and its change.
  func addTrack(_ id: String, of componentId: String) async throws {
    try await write(.component(componentId)) { transaction in
      let track = Samples.track(id, of: componentId, branch: id)
      try transaction.insertTrack(track)
      try transaction.appendChange(Samples.change(of: track))
    }
  }
}

/// What several servers on one database promise each other.
@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL) struct SeveralServersTests {
  /// Every watcher sees every change once, in order, though transactions end in another order than
  /// they began, some are undone, and one is open beside them all the time.
  @Test func `changes have no gaps and come in the order of their commits`() async throws {
    let components = (0..<6).map { "c\($0)" }
    try await withServers(3, components: components) { stores, string in
      let beside = try PostgreSQLConnection(ConnectionString(string))
      try beside.execute(
        script: "BEGIN; INSERT INTO organization (id, tier) VALUES ('open', 1)")
      let watching = Task { try await watch(stores[2], until: 6 * 40) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (number, component) in components.enumerated() {
          group.addTask {
            for track in 0..<40 {
              if track % 7 == 3 {
                _ = try? await stores[(number + track) % 3].write(.component(component)) {
                  try $0.appendChange(Samples.change(of: Samples.track("x", of: component)))
                  throw TestError()
                }
              }
              try await stores[(number + track) % 3].addTrack("t\(track)", of: component)
            }
          }
        }
        try await group.waitForAll()
      }
      let seen = try await watching.value
      #expect(Set(seen).count == seen.count && seen.count == 6 * 40)
      let log = try beside.integer("SELECT count(*) FROM change_log") ?? 0
      let last = try beside.integer("SELECT max(sequence) FROM change_log") ?? 0
      #expect(log == 6 * 40 && last == 6 * 40)
      try beside.rollback()
    }
  }

  /// The ids of the tracks that a watcher sees, one page behind the other.
  private func watch(_ store: PostgreSQLTrackStore, until count: Int) async throws -> [String] {
    var place = LogPlace.start
    var seen: [String] = []
    while seen.count < count {
      let behind = place
      let page = try await store.read { try $0.changes(after: behind, limit: 17) }
      for logged in try #require(page) {
        seen.append("\(logged.change.componentId)/\(logged.change.resourceId)")
        place = logged.place
      }
      await Task.yield()
    }
    return seen
  }

  @Test func `what a server commits is told to the observers of all`() async throws {
    try await withServers(2) { stores, _ in
      let news = Atomic<Int>(0)
      let observation = stores[1].observeCommits { news.add(1, ordering: .relaxed) }
      // The poll learns the number first.
      while news.load(ordering: .relaxed) == 0 {
        try await stores[0].addTrack("t\(Int.random(in: 0..<1 << 40))", of: "cart")
        try await Task.sleep(for: .milliseconds(20))
      }
      let before = news.load(ordering: .relaxed)
      try await stores[0].addTrack("last", of: "cart")
      while news.load(ordering: .relaxed) == before { try await Task.sleep(for: .milliseconds(5)) }
      observation.end()
    }
  }

  @Test func `events of the audit form one chain, whoever writes them`() async throws {
    try await withServers(3) { stores, _ in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<90 {
          group.addTask {
            try await stores[number % 3].write(.nothing) { transaction in
              try transaction.recordAudit(
                AuditEvent(
                  at: Samples.time(Int64(number)), principal: Samples.actor, peer: "",
                  method: "m/\(number)", subject: AuditSubject("r/\(number)", at: .everywhere),
                  requestId: ""))
            }
          }
        }
        try await group.waitForAll()
      }
      let records = try await stores[0].read {
        try $0.auditRecords(AuditQuery(sequences: 1...1000, limit: 1000))
      }
      #expect(records.map(\.sequence) == Array(1...90))
      #expect(Set(records.map(\.event.method)).count == 90)
    }
  }

  /// Two servers count up the same row.
  @Test func `no update is lost between servers`() async throws {
    try await withServers(3) { stores, _ in
      try await stores[0].addTrack("t", of: "cart")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<120 {
          let scope: WriteScope = number % 10 == 0 ? .everything : .component("cart")
          group.addTask {
            try await stores[number % 3].write(scope) { transaction in
              guard var track = try transaction.track(componentId: "cart", id: "t") else { return }
              track.revision += 1
              try transaction.updateTrack(track)
            }
          }
        }
        try await group.waitForAll()
      }
      let track = try await stores[1].read { try $0.track(componentId: "cart", id: "t") }
      #expect(track?.revision == 121)
    }
  }

  /// The server's transaction ends it after its patience, and the lock of the component with it.
  @Test func `a server that stops in a transaction holds up the others for a while only`()
    async throws
  {
    try await withServers(2) { stores, _ in
      let isStopped = Atomic<Bool>(false)
      let goesOn = Atomic<Bool>(false)
      let stopped = Task {
        try await stores[0].write(.component("cart")) { transaction in
          _ = try transaction.component("cart")
          isStopped.store(true, ordering: .releasing)
          while !goesOn.load(ordering: .acquiring) { usleep(1000) }
          try transaction.insertTrack(Samples.track("late", branch: "late"))
        }
      }
      while !isStopped.load(ordering: .acquiring) { try await Task.sleep(for: .milliseconds(5)) }
      try await stores[1].addTrack("t", of: "cart")
      goesOn.store(true, ordering: .releasing)
      // Its closure ran again on another connection, or it was refused.
      _ = try? await stopped.value
      try await expectRead(stores[0], true) {
        try $0.track(componentId: "cart", id: "t") != nil
      }
    }
  }

  @Test func `connections that the database ended are replaced`() async throws {
    try await withServers(2) { stores, string in
      let admin = try PostgreSQLConnection(ConnectionString(string))
      for round in 0..<5 {
        _ = try admin.integer(
          """
          SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()
          """)
        // A write whose connection is gone before it began runs on another one.
        try await stores[0].addTrack("t\(round)", of: "cart")
        try await expectRead(stores[1], round + 1) {
          try $0.trackCount(componentId: "cart", upTo: 10)
        }
      }
    }
  }

  /// There is no row to be locked yet.
  @Test func `of two servers that make the same component one is first`() async throws {
    try await withServers(2) { stores, _ in
      for round in 0..<30 {
        let id = "new\(round)"
        let made = try await withThrowingTaskGroup(of: Bool.self) { group in
          for store in stores + stores {
            group.addTask {
              try await store.write(.component(id)) { transaction in
                if try transaction.component(id) != nil { return false }
                try transaction.putCatalogResource(
                  .component(Component(id: id, projectId: "shop", type: .webApp)))
                return true
              }
            }
          }
          return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 1)
      }
    }
  }

  /// Its locks go at once, though the server that had them writes nothing more.
  @Test func `a write that fails lets go of what it had locked`() async throws {
    try await withServers(2) { stores, string in
      let reading = try PostgreSQLConnection(ConnectionString(string))
      for _ in 0..<3 {
        await #expect(throws: StoreError.self) {
          try await stores[0].write(.component("cart")) { transaction in
            try transaction.appendChange(Samples.change(of: Samples.track("x")))
            try transaction.updateTrack(Samples.track("there is none"))
          }
        }
        let open = try reading.integer(
          """
          SELECT count(*) FROM pg_stat_activity
          WHERE datname = current_database() AND state LIKE 'idle in transaction%'
            AND backend_xid IS NOT NULL
          """)
        #expect(open == 0)
      }
      try await stores[1].addTrack("t", of: "cart")
    }
  }

  @Test func `the defaults of the database change nothing`() async throws {
    try await withPostgreSQLDatabase { string in
      let admin = try PostgreSQLConnection(ConnectionString(string))
      let name = try #require(try admin.text("SELECT current_database()"))
      for setting in [
        "default_transaction_isolation = 'repeatable read'",
        "default_transaction_deferrable = on", "statement_timeout = '1h'",
      ] { try admin.execute(script: "ALTER DATABASE \(name) SET \(setting)") }
      let store = try await PostgreSQLTrackStore.open(string, spoolDirectory: nil)
      let other = try await PostgreSQLTrackStore.open(string, spoolDirectory: nil)
      try await store.write { try Samples.putCatalog($0) }
      try await store.addTrack("t", of: "cart")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<60 {
          group.addTask {
            try await [store, other][number % 2].write(.component("cart")) { transaction in
              guard var track = try transaction.track(componentId: "cart", id: "t") else { return }
              track.revision += 1
              try transaction.updateTrack(track)
            }
          }
        }
        try await group.waitForAll()
      }
      try await expectRead(other, 61) { try $0.track(componentId: "cart", id: "t")?.revision }
      await store.close()
      await other.close()
    }
  }

  @Test func `a database that takes no connections refuses at once, and is used again later`()
    async throws
  {
    try await withServers(1) { stores, string in
      let admin = try PostgreSQLConnection(ConnectionString(string))
      let name = try #require(try admin.text("SELECT current_database()"))
      try admin.execute(script: "ALTER DATABASE \(name) CONNECTION LIMIT 0")
      // The owner of a database is bound by no limit unless nobody may connect at all.
      try admin.execute(
        script: "UPDATE pg_database SET datallowconn = false WHERE datname = '\(name)'")
      _ = try admin.integer(
        """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        """)
      let refusals = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<64 {
          group.addTask {
            do {
              try await stores[0].addTrack("t\(number)", of: "cart")
              return false
            } catch { return (error as? StoreError)?.kind == .unavailable }
          }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(refusals == 64)
      try admin.execute(
        script: "UPDATE pg_database SET datallowconn = true WHERE datname = '\(name)'")
      try await stores[0].addTrack("later", of: "cart")
      try await expectRead(stores[0], 1) { try $0.trackCount(componentId: "cart", upTo: 100) }
    }
  }

  /// One of them, sent behind others and refused late, is no loss to them, and leaves no change.
  @Test func `a write that the schema refuses spares those that ran with it`() async throws {
    let components = (0..<20).map { "c\($0)" }
    try await withServers(1, components: components) { stores, _ in
      let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
        for number in components.indices {
          group.addTask {
            let written: Void? = try? await stores[0].write(.component("c\(number)")) {
              transaction in
              let track = Samples.track("t", of: "c\(number)")
              try transaction.appendChange(Samples.change(of: track))
              try transaction.insertTrack(track)
              if number % 5 == 2 { try transaction.insertTrack(track) }
            }
            return (number, written != nil)
          }
        }
        return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
      for number in components.indices { #expect(outcomes[number] == (number % 5 != 2)) }
      let log = try await stores[0].read { try $0.changes(after: .start, limit: 100) }
      #expect(log?.count == 16)
    }
  }

  /// The component's lock does not help: the requests are about different ones.
  @Test func `of two requests with the same id one is remembered`() async throws {
    let components = (0..<8).map { "c\($0)" }
    try await withServers(2, components: components) { stores, _ in
      for round in 0..<15 {
        let key = RequestKey(
          caller: "ci", method: .createDeploymentTrack,
          id: UniqueID(high: 1, low: UInt64(round)))
        let done = try await withThrowingTaskGroup(of: Bool.self) { group in
          for (number, component) in components.enumerated() {
            group.addTask {
              try await stores[number % 2].write(.component(component)) { transaction in
                if try transaction.request(key) != nil { return false }
                let track = Samples.track("t\(round)", of: component, branch: "b\(round)")
                try transaction.insertTrack(track)
                var digest = Digest()
                digest.combine(component)
                try transaction.rememberRequest(
                  RememberedRequest(key: key, digest: digest, response: [1], at: Samples.time()))
                return true
              }
            }
          }
          return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(done == 1)
      }
    }
  }

  /// To the database a condition that does not hold is no error: whoever sends COMMIT along with it
  /// learns of it too late.
  @Test func `what finds no row to change undoes the rest of its transaction`() async throws {
    try await withServers(1) { stores, _ in
      for alone in [false, true] {
        let scope = alone ? WriteScope.component("cart").andCatalog : .component("cart")
        await #expect(throws: StoreError.self) {
          try await stores[0].write(scope) { transaction in
            try transaction.insertTrack(Samples.track("t1", of: "cart", branch: "b"))
            // Nothing gets a number, which would be waited for.
            var track = Samples.track("nowhere", of: "cart", branch: "c")
            track.description = "new"
            try transaction.updateTrack(track)
          }
        }
        let found = try await stores[0].read { try $0.track(componentId: "cart", id: "t1") }
        #expect(found == nil)
      }
    }
  }

  /// Its place in the catalog does not change: what refers to it need not be waited for.
  @Test func `a put of the catalog does not wait for those that refer to what is there`()
    async throws
  {
    try await withServers(1) { stores, string in
      let admin = try PostgreSQLConnection(ConnectionString(string))
      let name = try #require(try admin.text("SELECT current_database()"))
      try admin.execute(script: "ALTER DATABASE \(name) SET lock_timeout = '1s'")
      let store = try await PostgreSQLTrackStore.open(string, spoolDirectory: nil)
      // As foreign keys lock what they refer to.
      try admin.execute(
        script: """
          BEGIN; SELECT 1 FROM organization FOR KEY SHARE; SELECT 1 FROM project FOR KEY SHARE;
          SELECT 1 FROM environment FOR KEY SHARE; SELECT 1 FROM deployment_pipeline FOR KEY SHARE;
          SELECT 1 FROM component FOR KEY SHARE
          """)
      try await store.write { try Samples.putCatalog($0) }
      try admin.rollback()
      await store.close()
    }
  }
}
