import EventLoop
import TestSupport
import Testing
import TrackDomain

@testable import TrackStoreSQLite

/// How writes share commits. The disk holds a sync, so that the writes that queue meanwhile are one
/// group.
@Suite(.timeLimit(.minutes(2))) struct GroupCommitTests {
  private func withHeldStore(
    _ body: (SQLiteTrackStore, PowerCutDisk) async throws -> Void
  ) async throws {
    let disk = try PowerCutDisk()
    let directory = try TemporaryDirectory()
    try await withStore(in: directory.path, options: SQLiteStoreOptions(on: disk)) { store in
      try await store.write { try Samples.putCatalog($0) }
      try await body(store, disk)
    }
  }

  /// Starts a write and returns when its sync is held.
  private func held(_ store: SQLiteTrackStore, _ disk: PowerCutDisk) async -> Task<Void, any Error>
  {
    await disk.holdSync(of: store)
    let task = Task {
      try await store.write { try $0.insertTrack(Samples.track("first", branch: "first")) }
    }
    await Task.detached { disk.awaitHold() }.value
    return task
  }

  @Test func `what is queued while a commit runs shares the next one`() async throws {
    try await withHeldStore { store, disk in
      let first = await held(store, disk)
      let queued = (0..<64).map { number in
        Task {
          try await store.write {
            try $0.insertTrack(Samples.track("t\(number)", branch: "b\(number)"))
          }
        }
      }
      await store.whenQueued(64)
      let commits = store.commitCount
      disk.release()
      try await first.value
      for task in queued { try await task.value }
      #expect(store.commitCount - commits == 2)
      try await expectRead(store, 65) { try $0.trackCount(componentId: "cart", upTo: 100) }
    }
  }

  @Test func `one that throws is answered with its error after the commit of its group`()
    async throws
  {
    try await withHeldStore { store, disk in
      let first = await held(store, disk)
      let failing = Task {
        try await store.write { transaction in
          try transaction.insertTrack(Samples.track("bad", branch: "bad"))
          throw TestError()
        }
      }
      let fine = Task {
        try await store.write { try $0.insertTrack(Samples.track("good", branch: "good")) }
      }
      await store.whenQueued(2)
      disk.release()
      try await first.value
      await #expect(throws: TestError()) { try await failing.value }
      try await fine.value
      try await expectRead(store, ["first", "good"]) {
        try $0.tracks(.all(of: "cart")).tracks.map(\.id).sorted()
      }
    }
  }

  @Test func `a task that is cancelled while it waits is dropped`() async throws {
    try await withHeldStore { store, disk in
      let first = await held(store, disk)
      let waiting = Task {
        try await store.write { try $0.insertTrack(Samples.track("gone", branch: "gone")) }
      }
      await store.whenQueued(1)
      waiting.cancel()
      disk.release()
      try await first.value
      await #expect(throws: CancellationError.self) { try await waiting.value }
      try await expectRead(store, 1) { try $0.trackCount(componentId: "cart", upTo: 9) }
    }
  }

  @Test func `a group that is lost runs again, one by one`() async throws {
    try await withHeldStore { store, disk in
      let first = await held(store, disk)
      let queued = (0..<8).map { number in
        Task {
          try await store.write {
            try $0.insertTrack(Samples.track("t\(number)", branch: "b\(number)"))
          }
        }
      }
      await store.whenQueued(8)
      // There is no space for the first frames of the next commit, and only for those.
      disk.fail(.full, afterCalls: 0)
      disk.release()
      try await first.value
      for task in queued { try await task.value }
      #expect(disk.heal())
      try await expectRead(store, 9) { try $0.trackCount(componentId: "cart", upTo: 100) }
    }
  }

  @Test func `more than the queue holds is refused at once`() async throws {
    try await withHeldStore { store, disk in
      let first = await held(store, disk)
      let queued = (0..<Writer.queueLimit).map { _ in
        Task { try await store.write { _ in } }
      }
      await store.whenQueued(Writer.queueLimit)
      await #expect { try await store.write { _ in } } throws: {
        ($0 as? StoreError)?.kind == .unavailable
      }
      disk.release()
      try await first.value
      for task in queued { try await task.value }
    }
  }

  @Test func `a store that is closed refuses writes`() async throws {
    let directory = try TemporaryDirectory()
    let store = try SQLiteTrackStore.open(directory: directory.path)
    await store.close()
    await #expect { try await store.write { _ in } } throws: {
      ($0 as? StoreError)?.kind == .unavailable
    }
    #expect(store.state == .closed)
  }

  @Test func `a refused statement undoes itself only, if the closure goes on`() async throws {
    try await withStore { store in
      try await store.write { try Samples.putCatalog($0) }
      try await store.write { transaction in
        try transaction.insertTrack(Samples.track("t1"))
        #expect(throws: StoreError.self) {
          try transaction.insertTrack(Samples.track("t2", of: "nobody"))
        }
      }
      try await expectRead(store, 1) { try $0.trackCount(componentId: "cart", upTo: 9) }
    }
  }
}
