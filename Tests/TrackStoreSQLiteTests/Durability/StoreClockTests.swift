import EventLoop
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQLite

/// The store's clock, by which leases expire and old rows are dropped.
@Suite(.timeLimit(.minutes(2))) struct StoreClockTests {
  @Test func `what an operation left to tell is there until requests are forgotten`() async throws {
    let uptime = Uptime()
    var options = SQLiteStoreOptions(requestRetention: .seconds(60))
    options.uptime = { uptime.now }
    let refused = OperationEnd(
      operationId: "o1", failure: OperationEnd.Failure(message: "not you", isTemporary: true))
    let done = OperationEnd(operationId: "o2", abandoned: "here\nthere")
    try await withStore(options: options) { store in
      try await store.write {
        try $0.recordEnd(refused)
        try $0.recordEnd(done)
      }
      for (id, end) in [("o1", refused), ("o2", done), ("o3", nil)] {
        try await expectRead(store, end) { try $0.operationEnd(id: id) }
      }
      for (seconds, isThere) in [(59, true), (2, false)] as [(Int64, Bool)] {
        uptime.advance(seconds: seconds)
        // Rows are dropped with another write.
        try await store.write { try $0.endLeases(.all) }
        try await expectRead(store, isThere) { try $0.operationEnd(id: "o1") != nil }
      }
    }
  }

  @Test func `the store's clock goes on, whatever the time of day does`() async throws {
    let uptime = Uptime()
    var options = SQLiteStoreOptions(clock: { .earliest })
    options.uptime = { uptime.now }
    try await withStore(options: options) { store in
      let start = try await store.read { try $0.storeTime() }
      uptime.advance(seconds: 5)
      try await expectRead(store, start.after(.seconds(5))) { try $0.storeTime() }
    }
  }
}

/// A clock that stands still until a test moves it.
///
/// `@unchecked Sendable`: the time is touched under the lock only.
private final class Uptime: @unchecked Sendable {
  private let lock = Lock()
  private var microseconds: Int64 = 1_000_000

  var now: Int64 { lock.withLock { microseconds } }

  func advance(seconds: Int64) { lock.withLock { microseconds += seconds * 1_000_000 } }
}
