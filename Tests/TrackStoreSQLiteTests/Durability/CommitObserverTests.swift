import EventLoop
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStoreSQLite

/// The calls of commit observers: for which commits, and when.
@Suite(.timeLimit(.minutes(2))) struct CommitObserverTests {
  @Test func `observers hear of changes and operations before the writer is answered`()
    async throws
  {
    try await withStore { store in
      let heard = Heard()
      store.observeCommits { heard.add() }
      try await store.write { try Samples.putTracks($0) }
      #expect(heard.take() == 1)

      try await store.write { try $0.insertOperation(Samples.deletion("o1")) }
      #expect(heard.take() == 1)
      // Releases and renewed leases are no news.
      try await store.write {
        try $0.putRelease(Samples.release("r1"))
        try $0.renewLeases(of: Samples.executor, until: Samples.time())
      }
      #expect(heard.take() == 0)

      try await store.write { try $0.appendChange(Samples.change(of: Samples.track("t1"))) }
      #expect(heard.take() == 1)
    }
  }

  private static let claimed = Samples.deletion("o1").claimed(
    by: Samples.executor, until: Samples.time())

  /// Every way to write about operations: each must wake the callers that wait for work.
  static let work: [(String, @Sendable (any StoreTransaction) throws -> Void)] = [
    ("insert", { try $0.insertOperation(Samples.deletion("o2", of: "t2")) }),
    ("update", { try $0.updateOperation(Samples.deletion("o1")) }),
    ("claim", { try $0.claimOperation(claimed) }),
    (
      "put off",
      { try $0.putOffOperation(id: "o1", until: Samples.time(7), by: Samples.executor) }
    ),
    ("end leases", { try $0.endLeases(.all) }),
    (
      "end expired leases",
      { try $0.endLeases(.expired(at: Samples.time(), besides: Samples.executor)) }
    ),
    ("delete", { try $0.deleteOperation(id: "o1") }),
  ]

  @Test func `everything that is written about operations is announced`() async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        try $0.insertOperation(Samples.deletion("o1"))
      }
      let heard = Heard()
      store.observeCommits { heard.add() }
      for (name, write) in Self.work {
        try await store.write(write)
        #expect(heard.take() == 1, "\(name)")
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
      store.observeCommits { heard.add() }
      store.observeState { _ in heard.add() }
      return heard
    }
    do {
      let heard = observe()
      before = heard
      #expect(heard.take() == 1)
      await store.close()
      #expect(heard.take() == 1)
    }
    #expect(before == nil)
    do {
      let late = Heard()
      after = late
      // The state says that there is nothing to wait for.
      store.observeState { state in if state == .closed { late.add() } }
      #expect(late.take() == 1)
    }
    #expect(after == nil)
    withExtendedLifetime(store) {}
  }

  @Test func `a commit is announced before its write returns`() async throws {
    try await withStore { store in
      try await store.write { try Samples.putTracks($0) }
      let heard = Heard()
      // So slow that an answer before it would be noticed.
      store.observeCommits {
        SystemThread.sleep(microseconds: 20_000)
        heard.add()
      }
      for number in 0..<5 {
        try await store.write { try $0.appendChange(Samples.change(of: Samples.track("t1"))) }
        #expect(heard.take() == 1, "\(number)")
      }
    }
  }

  @Test func `what was undone is not announced`() async throws {
    try await withStore { store in
      let heard = Heard()
      store.observeCommits { heard.add() }
      await #expect(throws: TestError()) {
        try await store.write { transaction in
          try Samples.putTracks(transaction)
          throw TestError()
        }
      }
      #expect(heard.take() == 0)
    }
  }

  @Test func `a group is announced once, without those of its closures that threw`() async throws {
    let disk = try PowerCutDisk()
    let directory = try TemporaryDirectory()
    try await withStore(in: directory.path, options: SQLiteStoreOptions(on: disk)) { store in
      try await store.write { try Samples.putTracks($0) }
      let before = try await store.read { try $0.sqlite.newestChange() }
      let heard = Heard()
      store.observeCommits { heard.add() }
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
      #expect(heard.take() == 1)
      try await expectRead(store, before + 4) { try $0.sqlite.newestChange() }
    }
  }

  @Test func `what is announced can be read`() async throws {
    try await withStore { store in
      try await store.write { try Samples.putTracks($0) }
      let before = try await store.read { try $0.sqlite.newestChange() }
      let (announced, continuation) = AsyncStream<Void>.makeStream()
      store.observeCommits { continuation.yield() }
      async let written: Void = store.write {
        try $0.appendChange(Samples.change(of: Samples.track("t1")))
      }
      for await _ in announced {
        try await expectRead(store, before + 1) { try $0.sqlite.newestChange() }
        break
      }
      try await written
    }
  }

  @Test func `an observer that ends is not called any more, and nothing holds it`() async throws {
    try await withStore { store in
      try await store.write { try Samples.putTracks($0) }
      let stays = Heard()
      store.observeCommits { stays.add() }
      weak var gone: Heard?
      do {
        let heard = Heard()
        gone = heard
        let observation = store.observeCommits { heard.add() }
        try await store.write { try $0.insertOperation(Samples.deletion("o1")) }
        #expect(heard.take() == 1)
        observation.end()
        try await store.write { try $0.endLeases(.all) }
        #expect(heard.take() == 0)
      }
      #expect(gone == nil)
      #expect(stays.take() == 2)
    }
  }
}

/// Counts the calls of an observer.
///
/// `@unchecked Sendable`: the count is touched under the lock only.
private final class Heard: @unchecked Sendable {
  private let lock = Lock()
  private var calls = 0

  func add() {
    lock.withLock { calls += 1 }
  }

  func take() -> Int {
    lock.withLock {
      defer { calls = 0 }
      return calls
    }
  }
}
