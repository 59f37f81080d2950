import EventLoop
import TestSupport
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

  /// Every way to write about operations: whoever waits for work looks again after each.
  static let work: [(String, @Sendable (any StoreTransaction) throws -> Void)] = [
    ("insert", { try $0.insertOperation(Samples.deletion("o2", of: "t2")) }),
    ("update", { try $0.updateOperation(Samples.deletion("o1")) }),
    ("put off", { try $0.putOffOperation(id: "o1", until: Samples.time(7)) }),
    ("void", { try $0.voidLeases() }),
    ("delete", { try $0.deleteOperation(id: "o1") }),
  ]

  @Test func `everything that is written about operations is announced`() async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        try $0.insertOperation(Samples.deletion("o1"))
      }
      let newest = try await store.read { try $0.newestChange() }
      let heard = Heard()
      store.observeCommits { heard.add($0) }
      for (name, write) in Self.work {
        try await store.write(write)
        #expect(heard.take() == [newest], "\(name)")
      }
    }
  }

  @Test func `a store that is closed holds no observer`() async throws {
    let directory = try TemporaryDirectory()
    let store = try SQLiteTrackStore.open(directory: directory.path)
    weak var before: Heard?
    weak var after: Heard?
    func observe() -> Heard {
      let heard = Heard()
      store.observeCommits { heard.add($0) }
      store.observeState { _ in heard.add(0) }
      return heard
    }
    do {
      let heard = observe()
      before = heard
      #expect(heard.take() == [0])
      await store.close()
      #expect(heard.take() == [0])
    }
    #expect(before == nil)
    do {
      let late = Heard()
      after = late
      // It is told that there is nothing to wait for.
      store.observeState { state in if state == .closed { late.add(1) } }
      #expect(late.take() == [1])
    }
    #expect(after == nil)
    withExtendedLifetime(store) {}
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
      await disk.holdSync(of: store)
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
