import EventLoop
import Foundation
import TestSupport
import Testing
import TrackDomain

@testable import TrackStoreSQLite

/// Another process, here another connection, has locked the database.
@Suite(.timeLimit(.minutes(2))) struct LockedDatabaseTests {
  private static func held(_ folder: String) throws -> Connection {
    let other = try Connection(path: folder + "/trackd.db", access: .readWrite)
    try other.harden()
    try other.execute("BEGIN IMMEDIATE")
    return other
  }

  private static func refused(_ store: SQLiteTrackStore, _ count: Int) async -> Int {
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<count {
        group.addTask {
          do {
            try await store.write { try $0.endLeases(.all) }
            return false
          } catch {
            return (error as? StoreError)?.kind == .unavailable
          }
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
  }

  @Test func `a group that cannot begin is refused as one, and the next ones at once`()
    async throws
  {
    let directory = try TemporaryDirectory()
    let told = Told()
    var options = SQLiteStoreOptions()
    options.busyPatience = .milliseconds(200)
    options.report = { told.add($0) }
    try await withStore(in: directory.path, options: options) { store in
      try await store.write { try Samples.putCatalog($0) }
      let other = try Self.held(directory.path)
      let before = (await store.effort(), store.commitCount)
      let count = 3 * Writer.groupLimit
      #expect(await Self.refused(store, count) == count)
      let groups = store.commitCount - before.1
      #expect(groups < count / 2)
      // Each group was tried once.
      #expect(await store.effort().groups - before.0.groups == groups)
      #expect(store.state == .open)
      #expect(told.all == [.lockedByOthers])
      try other.execute("ROLLBACK")
      try await store.write { try $0.endLeases(.all) }
      // The next time the store waits for the lock, and reports it, again.
      try other.execute("BEGIN IMMEDIATE")
      #expect(await Self.refused(store, 1) == 1)
      #expect(told.all == [.lockedByOthers, .lockedByOthers])
      try other.execute("ROLLBACK")
    }
  }

  @Test func `the patience is for all groups together`() {
    var patience = BusyPatience(.seconds(5))
    let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
    func after(_ milliseconds: Int) -> MonotonicTime { start + .milliseconds(milliseconds) }
    #expect(patience.wait(now: start) == 5000)
    let first = patience.gaveUp(startedAt: start)
    #expect(first)
    #expect(patience.wait(now: after(4999)) == 1)
    #expect(patience.wait(now: after(5000)) == 0)
    #expect(patience.wait(now: after(60_000)) == 0)
    let again = patience.gaveUp(startedAt: after(60_000))
    #expect(!again)
    #expect(patience.wait(now: after(4000)) == 1000)
    patience.began()
    #expect(patience.wait(now: after(60_000)) == 5000)
  }
}
