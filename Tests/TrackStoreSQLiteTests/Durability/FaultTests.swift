import EventLoop
import TestSupport
import Testing
import TrackDomain

@testable import TrackStoreSQLite

/// Every call to the disk fails once, in a run of its own; then the store is checked.
@Suite(.timeLimit(.minutes(2))) struct FaultTests {
  /// The result of a run.
  struct Outcome {
    var acknowledged: [String] = []
    var refused: [String] = []
    var state = StoreState.open
  }

  /// Ten writes, some of them at the same time, with a read after each.
  static func run(_ store: SQLiteTrackStore) async -> Outcome {
    var outcome = Outcome()
    for number in 0..<4 { await write(store, ["t\(number)"], &outcome) }
    await write(store, (4..<10).map { "t\($0)" }, &outcome)
    outcome.state = store.state
    return outcome
  }

  private static func write(
    _ store: SQLiteTrackStore, _ ids: [String], _ outcome: inout Outcome
  ) async {
    let answers = await withTaskGroup(of: (String, (any Error)?).self) { group in
      for id in ids {
        group.addTask {
          do {
            let track = Samples.track(id, branch: id, endpoints: [Samples.endpoint("api")])
            try await store.write { try Samples.create(track, in: $0) }
            return (id, nil)
          } catch {
            return (id, error)
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    for (id, error) in answers {
      guard let error else {
        outcome.acknowledged.append(id)
        continue
      }
      outcome.refused.append(id)
      let kind = (error as? StoreError)?.kind
      #expect(kind == .unavailable || kind == .full, "\(error)")
    }
    // A read fails as a whole, or sees all acknowledged writes.
    let expected = outcome.acknowledged
    let found = try? await store.read { reader in
      try expected.filter { try reader.track(componentId: "cart", id: $0) != nil }
    }
    #expect(found == nil || found == expected)
  }

  private static func prepared(_ disk: PowerCutDisk, _ directory: TemporaryDirectory) async throws {
    try await withStore(in: directory.path, options: SQLiteStoreOptions(on: disk)) { store in
      try await store.write { try Samples.putCatalog($0) }
    }
  }

  /// Each call is tried by one of so many tests, so that none takes long.
  private static let parts: UInt64 = 5

  @Test(arguments: [PowerCutDisk.Fault.ioError, .full, .quota], 0..<parts)
  func `a call that fails loses nothing that was acknowledged`(
    _ fault: PowerCutDisk.Fault, part: UInt64
  ) async throws {
    let directory = try TemporaryDirectory()
    let prepared = try PowerCutDisk()
    try await Self.prepared(prepared, directory)
    var calls = part * UInt64(Thoroughness.step)
    var came = true
    var faults = 0
    while came {
      let disk = prepared.cut(after: prepared.changes, leaving: .nothing, seed: 0)
      var outcome = Outcome()
      disk.fail(fault, afterCalls: calls)
      do {
        try await withStore(in: directory.path, options: SQLiteStoreOptions(on: disk)) { store in
          outcome = await Self.run(store)
          came = disk.heal()
          if case .failed = outcome.state {
            #expect(!outcome.refused.isEmpty || fault == .ioError)
          } else {
            // One fault that does not break the storage: writing goes on.
            let after = Samples.track(
              "after", branch: "after", endpoints: [Samples.endpoint("api")])
            try await store.write { try Samples.create(after, in: $0) }
            outcome.acknowledged.append("after")
          }
        }
      } catch is StoreOpenError {
        came = disk.heal()
        #expect(came)
      }
      let comment: Comment = "\(fault) after \(calls) calls"
      try PowerCutTests.check(disk, directory, holds: outcome.acknowledged, comment)
      for rest in PowerCutDisk.Rest.allCases {
        let found = disk.cut(after: disk.changes, leaving: rest, seed: calls)
        try PowerCutTests.check(found, directory, holds: outcome.acknowledged, comment)
      }
      if came { faults += 1 }
      calls += Self.parts * UInt64(Thoroughness.step)
    }
    #expect(faults > 2)
  }

  @Test(arguments: [PowerCutDisk.Fault.full, .quota])
  func `a full disk refuses writes, goes on reading, and writes again when there is space`(
    _ fault: PowerCutDisk.Fault
  ) async throws {
    let disk = try PowerCutDisk()
    let directory = try TemporaryDirectory()
    try await Self.prepared(disk, directory)
    try await withStore(in: directory.path, options: SQLiteStoreOptions(on: disk)) { store in
      try await store.write { try $0.insertTrack(Samples.track("before", branch: "a")) }
      disk.fail(fault, afterCalls: 0, lasting: true)
      for _ in 0..<3 {
        await #expect {
          try await store.write { try $0.insertTrack(Samples.track("full", branch: "b")) }
        } throws: { ($0 as? StoreError)?.kind == .full }
        try await expectRead(store, 1) { try $0.trackCount(componentId: "cart", upTo: 9) }
        #expect(store.state == .open)
      }
      disk.heal()
      try await store.write { try $0.insertTrack(Samples.track("after", branch: "c")) }
      try await expectRead(store, 2) { try $0.trackCount(componentId: "cart", upTo: 9) }
    }
  }

  @Test(arguments: [PowerCutDisk.Fault.full, .quota])
  func `a store on a full disk opens, reads, and writes again when there is space`(
    _ fault: PowerCutDisk.Fault
  ) async throws {
    let disk = try PowerCutDisk()
    let directory = try TemporaryDirectory()
    try await Self.prepared(disk, directory)
    // As after a kill: the log has not been copied into the database.
    try await withStore(in: directory.path, options: SQLiteStoreOptions(on: disk)) { store in
      try await store.write { try $0.insertTrack(Samples.track("before", branch: "a")) }
      disk.fail(fault, afterCalls: 0, lasting: true)
    }
    #expect(disk.size(of: directory.path + "/trackd.db-wal") > 0)
    try await withStore(in: directory.path, options: SQLiteStoreOptions(on: disk)) { store in
      try await expectRead(store, 1) { try $0.trackCount(componentId: "cart", upTo: 9) }
      await #expect {
        try await store.write { try $0.insertTrack(Samples.track("full", branch: "b")) }
      } throws: { ($0 as? StoreError)?.kind == .full }
      #expect(store.state == .open)
      disk.heal()
      try await store.write { try $0.insertTrack(Samples.track("after", branch: "c")) }
      try await expectRead(store, 2) { try $0.trackCount(componentId: "cart", upTo: 9) }
    }
  }

  @Test func `a sync that fails ends writing, tells observers, and leaves reading`() async throws {
    let disk = try PowerCutDisk()
    let directory = try TemporaryDirectory()
    try await Self.prepared(disk, directory)
    let states = States()
    try await withStore(in: directory.path, options: SQLiteStoreOptions(on: disk)) { store in
      store.observeState { states.add($0) }
      try await store.write { try $0.insertTrack(Samples.track("before", branch: "a")) }
      await disk.holdSync(of: store)
      let write = Task {
        try await store.write { try $0.insertTrack(Samples.track("lost", branch: "b")) }
      }
      await Task.detached { disk.awaitHold() }.value
      disk.fail(.ioError, afterCalls: 0)
      disk.release()
      await #expect { try await write.value } throws: {
        ($0 as? StoreError)?.kind == .unavailable
      }
      guard case .failed = store.state else {
        Issue.record("the store is \(store.state)")
        return
      }
      await #expect {
        try await store.write { try $0.insertTrack(Samples.track("later", branch: "c")) }
      } throws: { ($0 as? StoreError)?.kind == .unavailable }
      try await expectRead(store, 1) { try $0.trackCount(componentId: "cart", upTo: 9) }
      #expect(states.all.count == 2)
      #expect(states.all.first == .open)
    }
    #expect(states.all.last == .closed)
  }
}

/// The states that an observer got.
///
/// `@unchecked Sendable`: the entries are touched under the lock only.
final class States: @unchecked Sendable {
  private let lock = Lock()
  private var entries: [StoreState] = []

  func add(_ state: StoreState) {
    lock.withLock { entries.append(state) }
  }

  var all: [StoreState] { lock.withLock { entries } }
}
