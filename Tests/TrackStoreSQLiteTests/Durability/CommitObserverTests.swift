import EventLoop
import Testing
import TrackDomain

@testable import TrackStoreSQLite

/// Who hears of commits, and when.
@Suite(.timeLimit(.minutes(2))) struct CommitObserverTests {
  @Test func `observers hear of changes and operations before the writer is answered`()
    async throws
  {
    try await withStore { store in
      let heard = Heard()
      store.observeCommits { heard.add($0) }
      try await store.write { try Samples.putTracks($0) }
      let newest = try await store.read { try $0.newestChange() }
      #expect(heard.take() == [newest])

      try await store.write { try $0.insertOperation(Samples.deletion("o1")) }
      #expect(heard.take() == [newest])
      // Neither is in it.
      try await store.write { try $0.putRelease(Samples.release("r1")) }
      #expect(heard.take() == [])

      try await store.write { try $0.appendChange(Samples.change(of: Samples.track("t1"))) }
      #expect(heard.take() == [newest + 1])
    }
  }

  @Test func `a commit is announced before its write returns`() async throws {
    try await withStore { store in
      try await store.write { try Samples.putTracks($0) }
      let heard = Heard()
      // Slow enough that an answer that came first would be there.
      store.observeCommits {
        SystemThread.sleep(microseconds: 20_000)
        heard.add($0)
      }
      for number in 0..<5 {
        try await store.write { try $0.appendChange(Samples.change(of: Samples.track("t1"))) }
        #expect(heard.take().count == 1, "\(number)")
      }
    }
  }

  @Test func `what was undone is not announced`() async throws {
    try await withStore { store in
      let heard = Heard()
      store.observeCommits { heard.add($0) }
      await #expect(throws: TestError()) {
        try await store.write { transaction in
          try Samples.putTracks(transaction)
          throw TestError()
        }
      }
      #expect(heard.take() == [])
    }
  }

  @Test func `a group is announced once, without those of its closures that threw`() async throws {
    let disk = try PowerCutDisk()
    let directory = try TemporaryDirectory()
    try await withStore(in: directory.path, options: SQLiteStoreOptions(on: disk)) { store in
      try await store.write { try Samples.putTracks($0) }
      let before = try await store.read { try $0.newestChange() }
      let heard = Heard()
      store.observeCommits { heard.add($0) }
      disk.holdSync()
      let first = Task { try await store.write { try $0.putRelease(Samples.release("r1")) } }
      await Task.detached { disk.awaitHold() }.value
      let queued = (0..<6).map { number in
        Task {
          try await store.write { transaction in
            try transaction.appendChange(Samples.change(of: Samples.track("t1")))
            if number >= 4 { throw TestError() }
          }
        }
      }
      await store.whenQueued(6)
      disk.release()
      try await first.value
      for task in queued { _ = try? await task.value }
      #expect(heard.take() == [before + 4])
      try await expectRead(store, before + 4) { try $0.newestChange() }
    }
  }

  @Test func `what is announced can be read`() async throws {
    try await withStore { store in
      try await store.write { try Samples.putTracks($0) }
      let (announced, continuation) = AsyncStream<Int64>.makeStream()
      store.observeCommits { continuation.yield($0) }
      async let written: Void = store.write {
        try $0.appendChange(Samples.change(of: Samples.track("t1")))
      }
      for await newest in announced {
        try await expectRead(store, newest) { try $0.newestChange() }
        break
      }
      try await written
    }
  }
}

/// What an observer was told.
///
/// `@unchecked Sendable`: the entries are touched under the lock only.
private final class Heard: @unchecked Sendable {
  private let lock = Lock()
  private var changes: [Int64] = []

  func add(_ change: Int64) {
    lock.withLock { changes.append(change) }
  }

  func take() -> [Int64] {
    lock.withLock {
      defer { changes = [] }
      return changes
    }
  }
}
