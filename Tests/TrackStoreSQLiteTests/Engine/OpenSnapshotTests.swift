import EventLoop
import TestSupport
import Testing
import TrackDomain

@testable import TrackStoreSQL
@testable import TrackStoreSQLite

/// Snapshots: how many are open, and which reads wait.
@Suite(.timeLimit(.minutes(2))) struct OpenSnapshotTests {
  private static func put(_ id: String, _ store: SQLiteTrackStore) async throws {
    try await store.write {
      try $0.putCatalogResource(.organization(Organization(id: id, tier: .free)))
    }
  }

  /// The organizations, `a` or `b`, that the snapshot contains.
  private static func organizations(_ snapshot: any StoreSnapshot) async throws -> [String] {
    try await snapshot.read { reader in
      try ["a", "b"].filter { try reader.catalogResource(.organization, id: $0) != nil }
    }
  }

  @Test func `one whose time is over makes room, though its reader goes on`() async throws {
    try await withStore { store in
      let (blocked, release) = AsyncStream<Void>.makeStream()
      let holders = (0..<20).map { _ in
        Task { try await store.withSnapshot(limit: .zero) { _ in for await _ in blocked {} } }
      }
      try await store.withSnapshot(limit: .seconds(60)) { (snapshot) async throws in
        #expect(try await Self.organizations(snapshot).isEmpty)
      }
      release.finish()
      for holder in holders { try await holder.value }
    }
  }

  @Test func `more than may be open wait for their turn`() async throws {
    try await withStore { store in
      try await Self.put("a", store)
      try await withThrowingTaskGroup(of: [String].self) { group in
        for _ in 0..<40 {
          group.addTask {
            try await store.withSnapshot(limit: .seconds(60)) { (snapshot) async throws in
              await Task.yield()
              return try await Self.organizations(snapshot)
            }
          }
        }
        for try await found in group { #expect(found == ["a"]) }
      }
    }
  }

  @Test func `one more than may be open waits until one closes`() async throws {
    try await withStore { store in
      let (opened, open) = AsyncStream<Int>.makeStream()
      let gates = (0...OpenSnapshots.limit).map { _ in AsyncStream<Void>.makeStream() }
      let holders = (0...OpenSnapshots.limit).map { number in
        Task {
          try await store.withSnapshot(limit: .seconds(60)) { _ in
            open.yield(number)
            for await _ in gates[number].stream {}
          }
        }
      }
      var order: [Int] = []
      for await number in opened {
        order.append(number)
        if order.count == OpenSnapshots.limit { break }
      }
      // A read after it on the same thread: whoever could have opened one has.
      for _ in 0..<20 { _ = try await store.read { try $0.sqlite.newestChange() } }
      #expect(await store.openSnapshots() == (open: OpenSnapshots.limit, waiting: 1))
      gates[order[0]].continuation.finish()
      for await number in opened {
        order.append(number)
        break
      }
      #expect(Set(order).count == OpenSnapshots.limit + 1)
      #expect(await store.openSnapshots() == (open: OpenSnapshots.limit, waiting: 0))
      for gate in gates { gate.continuation.finish() }
      for holder in holders { try await holder.value }
      #expect(await store.openSnapshots() == (open: 0, waiting: 0))
    }
  }

  @Test func `who waits longest is next`() async throws {
    try await withStore { store in
      let (opened, open) = AsyncStream<Int>.makeStream()
      let count = OpenSnapshots.limit + 3
      let gates = (0..<count).map { _ in AsyncStream<Void>.makeStream() }
      var holders: [Task<Void, any Error>] = []
      for number in 0..<count {
        holders.append(
          Task {
            try await store.withSnapshot(limit: .seconds(60)) { _ in
              open.yield(number)
              for await _ in gates[number].stream {}
            }
          })
        // One after the other.
        while true {
          let counts = await store.openSnapshots()
          if counts.open + counts.waiting == number + 1 { break }
          await Task.yield()
        }
      }
      var order: [Int] = []
      for await number in opened {
        order.append(number)
        if order.count == count { break }
        if order.count >= OpenSnapshots.limit { gates[number].continuation.finish() }
      }
      #expect(Array(order.dropFirst(OpenSnapshots.limit)) == Array(OpenSnapshots.limit..<count))
      for gate in gates { gate.continuation.finish() }
      for holder in holders { try await holder.value }
    }
  }

  @Test func `no state is read while the log has to start anew`() async throws {
    let told = Told()
    var options = SQLiteStoreOptions()
    options.checkpointFrames = 5
    options.report = { told.add($0) }
    let directory = try TemporaryDirectory()
    try await withStore(in: directory.path, options: options) { store in
      let late = Told()
      var waiting: Task<Void, any Error>?
      try await store.withSnapshot(limit: .seconds(60)) { (snapshot) async throws in
        _ = try await Self.organizations(snapshot)
        var number = 0
        while told.all.isEmpty {
          try await Self.put("o\(number)", store)
          number += 1
        }
        waiting = Task {
          try await store.withSnapshot(limit: .seconds(60)) { _ in late.add(.lockedByOthers) }
        }
        // On the thread that opens snapshots: by now every task that could open one has. No task is
        // held back for more than some seconds.
        let began = MonotonicTime.now()
        for _ in 0..<50 { _ = try await store.read { try $0.sqlite.newestChange() } }
        #expect(late.all.isEmpty || MonotonicTime.now() - began > .seconds(3))
      }
      // The next commits find no reader in the log.
      while late.all.isEmpty { try await Self.put("a", store) }
      try await waiting?.value
    }
  }

  @Test func `who waits can be cancelled, and takes no place`() async throws {
    try await withStore { store in
      let (blocked, release) = AsyncStream<Void>.makeStream()
      let (opened, open) = AsyncStream<Void>.makeStream()
      // Takes all places, and one more.
      let holders = (0..<5).map { _ in
        Task {
          try await store.withSnapshot(limit: .seconds(60)) { _ in
            open.yield()
            for await _ in blocked {}
          }
        }
      }
      var count = 0
      for await _ in opened {
        count += 1
        if count == 4 { break }
      }
      for holder in holders { holder.cancel() }
      release.finish()
      for holder in holders { _ = await holder.result }
      try await store.withSnapshot(limit: .seconds(60)) { (snapshot) async throws in
        #expect(try await Self.organizations(snapshot).isEmpty)
      }
    }
  }
}
