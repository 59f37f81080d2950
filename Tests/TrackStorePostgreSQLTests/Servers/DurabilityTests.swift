import Synchronization
import TestSupport
import Testing
import TrackDomain

@testable import TrackStorePostgreSQL

/// What the settings of a database promise of acknowledged writes.
@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL) struct DurabilityTests {
  @Test(arguments: [
    ("off", "b", StoreDurability.Level.memory), ("local", "b", .disk), ("on", "", .disk),
    ("on", "b", .standby), ("remote_apply", "ANY 1 (b, c)", .standby),
  ])
  func `settings say what a COMMIT waits for`(
    commit: String, names: String, level: StoreDurability.Level
  ) {
    let durability = StoreDurability(commit: commit, standbyNames: names)
    #expect(durability.level == level)
    #expect((durability.shortfall == nil) == (level == .standby))
  }

  @Test func `what the settings promise is told, and so is each change`() async throws {
    let primary = try PostgreSQLServer()
    let string = primary.string("postgres")
    let store = try await PostgreSQLTrackStore.open(string, spoolDirectory: nil)
    #expect(store.durability.level == .disk)
    #expect(store.durability.shortfall == "synchronous_standby_names is empty")
    #expect(store.durability.standbyStates == [])
    let told = Told()
    store.observeDurability { told.add($0) }
    #expect(told.last?.level == .disk)
    try await store.write { try Samples.putCatalog($0) }
    let standby = try PostgreSQLServer(standbyOf: primary, name: "b")
    while told.last?.standbyStates != ["async"] { try await Task.sleep(for: .milliseconds(20)) }
    try primary.configure(["synchronous_standby_names = 'b'"])
    try primary.reload()
    var number = 0
    func wait(for isSo: (StoreDurability) -> Bool) async throws {
      while told.last.map(isSo) != true {
        number += 1
        try await store.addTrack("t\(number)", of: "cart")
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(told.last == store.durability)
    }
    try await wait { $0.level == .standby && $0.hasStandby == true }
    #expect(store.durability.shortfall == nil)
    try primary.configure(["synchronous_commit = off"])
    try primary.reload()
    try await wait { $0.level == .memory }
    _ = standby
    await store.close()
  }

  @Test func `new settings are told also while nothing is written`() async throws {
    let primary = try PostgreSQLServer()
    let store = try await PostgreSQLTrackStore.open(
      primary.string("postgres"), spoolDirectory: nil)
    // Both writers have seen the old ones.
    try await store.write { try Samples.putCatalog($0) }
    for number in 0..<20 { try await store.addTrack("t\(number)", of: "cart") }
    let told = Told()
    store.observeDurability { told.add($0) }
    for (names, level) in [("b", StoreDurability.Level.standby), ("", .disk)] {
      try primary.configure(["synchronous_standby_names = '\(names)'"])
      try primary.reload()
      while store.durability.level != level { try await Task.sleep(for: .milliseconds(20)) }
      while told.last?.level != level { try await Task.sleep(for: .milliseconds(20)) }
    }
    await store.close()
  }

  @Test func `a role that may not see standbys knows of none`() async throws {
    let primary = try PostgreSQLServer()
    let admin = try PostgreSQLConnection(ConnectionString(primary.string("postgres")))
    try admin.execute(script: "CREATE ROLE plain LOGIN; GRANT CREATE ON SCHEMA public TO plain")
    let standby = try PostgreSQLServer(standbyOf: primary, name: "b")
    let store = try await PostgreSQLTrackStore.open(
      primary.string("postgres") + " user=plain", spoolDirectory: nil)
    while store.durability.standbyStates != nil { try await Task.sleep(for: .milliseconds(20)) }
    #expect(store.durability.hasStandby == nil)
    _ = standby
    await store.close()
  }

  @Test func `writes are refused while nothing waits for a standby, where that is wanted`()
    async throws
  {
    let primary = try PostgreSQLServer()
    let standby = try PostgreSQLServer(standbyOf: primary, name: "b")
    var options = PostgreSQLStoreOptions()
    options.requiresSyncStandby = true
    let store = try await PostgreSQLTrackStore.open(
      primary.string("postgres"), spoolDirectory: nil, options: options)
    do {
      try await store.write { try Samples.putCatalog($0) }
      Issue.record("it was not refused")
    } catch {
      let error = error as? StoreError
      #expect(error?.kind == .unavailable)
      #expect(error?.detail.contains("synchronous_standby_names is empty") == true)
    }
    try await expectRead(store, false) { try $0.component("cart") != nil }
    try primary.configure(["synchronous_standby_names = 'b'"])
    try primary.reload()
    // A session learns of it between two transactions.
    while (try? await store.write { try Samples.putCatalog($0) }) == nil {
      try await Task.sleep(for: .milliseconds(20))
    }
    try await store.addTrack("t", of: "cart")
    try primary.configure(["synchronous_standby_names = ''"])
    try primary.reload()
    while (try? await store.addTrack("t\(Int.random(in: 0..<1 << 40))", of: "cart")) != nil {
      try await Task.sleep(for: .milliseconds(20))
    }
    _ = standby
    await store.close()
  }

  private final class Told: Sendable {
    private let values = Mutex<[StoreDurability]>([])

    func add(_ value: StoreDurability) { values.withLock { $0.append(value) } }

    var last: StoreDurability? { values.withLock { $0.last } }
  }
}
