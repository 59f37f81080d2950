import EventLoop
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStoreSQLite

/// The rows that the store drops by itself, and those that it never drops. Each write drops some.
@Suite(.timeLimit(.minutes(2))) struct RetentionTests {
  /// A store whose retention is a minute for each kind, and its clock.
  private func withStore(_ body: (SQLiteTrackStore, TestClock) async throws -> Void) async throws {
    let clock = TestClock()
    var options = SQLiteStoreOptions(
      requestRetention: .seconds(60), changeRetention: .seconds(60),
      supersededImageRetention: .seconds(60), clock: { clock.now })
    options.uptime = { clock.now.microseconds }
    options.pulse = nil
    let directory = try TemporaryDirectory()
    try await TrackStoreSQLiteTests.withStore(in: directory.path, options: options) { store in
      try await store.write { try Samples.putTracks($0) }
      try await body(store, clock)
    }
  }

  /// Lets the reaper run, by a write that drops nothing itself.
  private func reap(_ store: SQLiteTrackStore, _ clock: TestClock, at seconds: Int64) async throws {
    clock.set(seconds: seconds)
    try await store.write { try $0.endLeases(.all) }
  }

  private func superseded(_ id: String, at seconds: Int64 = 0) -> TrackImage {
    var image = Samples.image(id, commit: "0f", at: seconds * 1_000_000)
    image.isSuperseded = true
    return image
  }

  private func imageIds(_ store: SQLiteTrackStore) async throws -> Set<String> {
    try await store.read {
      let query = ImageQuery(componentId: "cart", trackId: "t1", after: nil, limit: 1000)
      return Set(try $0.images(query).images.map(\.id))
    }
  }

  @Test func `superseded images go when their time is over, and no others`() async throws {
    try await withStore { store, clock in
      try await store.write { transaction in
        try transaction.insertImage(superseded("old"))
        try transaction.insertImage(Samples.image("current", commit: "0f"))
        for id in ["good", "failed", "bound", "waiting", "running"] {
          try transaction.insertImage(superseded(id))
        }
        for (id, environmentId, state) in [
          ("good", "prod", DeploymentState.succeeded), ("failed", "prod", .failed),
          ("bound", "prod", .failed), ("waiting", "dev", .queued), ("running", "dev", .inProgress),
        ] {
          try transaction.insertDeployment(
            Samples.deployment(id, of: id, into: environmentId, state: state))
        }
        try transaction.putBinding(
          Samples.binding(in: "prod", deployment: "bound", image: "bound"))
      }
      clock.set(seconds: 30)
      try await store.write { try $0.insertImage(superseded("recent", at: 30)) }
      try await reap(store, clock, at: 59)
      #expect(try await imageIds(store).count == 8)
      try await reap(store, clock, at: 61)
      let kept = ["recent", "current", "good", "bound", "waiting", "running"]
      #expect(try await imageIds(store) == Set(kept))
      try await reap(store, clock, at: 91)
      #expect(try await imageIds(store) == Set(kept.dropFirst()))
      // The history keeps the ids of dropped images.
      try await expectRead(store, "failed") {
        try $0.deployment(componentId: "cart", id: "failed")?.imageId
      }
    }
  }

  @Test func `an image whose deployment fails goes after all, one whose succeeds stays`()
    async throws
  {
    try await withStore { store, clock in
      try await store.write { transaction in
        for (id, environmentId) in [("bad", "dev"), ("good", "prod")] {
          try transaction.insertImage(superseded(id))
          try transaction.insertDeployment(
            Samples.deployment(id, of: id, into: environmentId, state: .inProgress))
        }
      }
      try await reap(store, clock, at: 100)
      #expect(try await imageIds(store) == ["bad", "good"])
      try await store.write { transaction in
        try transaction.updateDeployment(Samples.deployment("bad", state: .failed))
        try transaction.updateDeployment(Samples.deployment("good", state: .succeeded))
      }
      try await reap(store, clock, at: 102)
      #expect(try await imageIds(store) == ["good"])
    }
  }

  @Test func `each write takes a bounded number of rows along`() async throws {
    try await withStore { store, clock in
      try await store.write { transaction in
        for number in 0..<600 { try transaction.insertImage(superseded("i\(number)")) }
      }
      for left in [344, 88, 0, 0] {
        try await reap(store, clock, at: 100)
        #expect(try await imageIds(store).count == left)
      }
    }
  }

  @Test func `changes and requests go when their time is over`() async throws {
    try await withStore { store, clock in
      let key = RequestKey(caller: "ci", method: .createDeploymentTrack, id: .random())
      try await store.write {
        try $0.rememberRequest(
          RememberedRequest(key: key, digest: Digest(), response: [1], at: Samples.time()))
      }
      let newest = try await store.read { try $0.sqlite.newestChange() }
      #expect(newest > 0)
      try await reap(store, clock, at: 59)
      try await expectRead(store, true) { try $0.request(key) != nil }
      try await expectRead(store, newest) {
        try $0.sqlite.changes(after: 0, limit: 9).last?.sequence
      }
      try await reap(store, clock, at: 61)
      try await expectRead(store, nil) { try $0.request(key) }
      try await expectRead(store, nil) { try $0.sqlite.oldestChange() }
      try await expectRead(store, newest) { try $0.sqlite.newestChange() }
    }
  }

  @Test func `a request that is remembered anew is kept from then on`() async throws {
    try await withStore { store, clock in
      let key = RequestKey(caller: "ci", method: .createDeploymentTrack, id: .random())
      for time in [0, 50] as [Int64] {
        clock.set(seconds: time)
        try await store.write {
          try $0.rememberRequest(
            RememberedRequest(key: key, digest: Digest(), response: [1], at: Samples.time(time)))
        }
      }
      try await reap(store, clock, at: 109)
      try await expectRead(store, Samples.time(50)) { try $0.request(key)?.at }
      try await reap(store, clock, at: 111)
      try await expectRead(store, nil) { try $0.request(key) }
    }
  }

  @Test func `the clock of a store that nobody writes to is written down now and then`()
    async throws
  {
    let wall = TestClock()
    let uptime = TestClock()
    let (events, told) = AsyncStream<StoreEvent>.makeStream()
    var options = SQLiteStoreOptions(clock: { wall.now })
    options.uptime = { uptime.now.microseconds }
    options.pulse = .milliseconds(5)
    options.report = { told.yield($0) }
    let directory = try TemporaryDirectory()
    try await TrackStoreSQLiteTests.withStore(in: directory.path, options: options) { store in
      try await store.write { try Samples.putTracks($0) }
      var time: Int64 = 0
      /// Returns after this many regular checks of the store.
      func beats(_ count: Int) async {
        for _ in 0..<count {
          time += 10_000
          wall.set(seconds: time)
          for await _ in events { break }
        }
      }
      let before = await store.effort().groups
      await beats(3)
      #expect(await store.effort().groups == before)
      uptime.set(seconds: 601)
      await beats(8)
      #expect(await store.effort().groups == before + 1)
      // Not in every check.
      uptime.set(seconds: 603)
      await beats(3)
      #expect(await store.effort().groups == before + 1)
      let connection = try Connection(path: directory.path + "/trackd.db", access: .readOnly)
      let elapsed = try connection.integer("SELECT elapsed FROM retention_clock")
      #expect(elapsed == 601_000_000)
    }
  }

  @Test func `an image that is superseded late is kept from then on`() async throws {
    try await withStore { store, clock in
      try await store.write { try $0.insertImage(Samples.image("i", commit: "0f")) }
      clock.set(seconds: 100)
      try await store.write { try $0.updateImage(superseded("i", at: 0)) }
      try await reap(store, clock, at: 159)
      #expect(try await imageIds(store) == ["i"])
      try await reap(store, clock, at: 161)
      #expect(try await imageIds(store).isEmpty)
    }
  }

  @Test func `the end of the log is known after its last change was dropped`() async throws {
    try await withStore { store, clock in
      let newest = try await store.read { try $0.sqlite.newestChange() }
      let place = try await store.read { try $0.sqlite.position(behind: newest) }
      #expect(place != nil && place?.digest != 0)
      try await reap(store, clock, at: 61)
      try await expectRead(store, nil) { try $0.sqlite.oldestChange() }
      try await expectRead(store, place) { try $0.sqlite.position(behind: newest) }
      try await expectRead(store, nil) { try $0.sqlite.position(behind: newest - 1) }
      try await expectRead(store, nil) { try $0.sqlite.position(behind: newest + 1) }
    }
  }

  @Test(arguments: [-400 * 86400, 400 * 86400] as [Int64])
  func `a time of day that jumps drops nothing, keeps nothing longer, and is told`(
    _ jump: Int64
  ) async throws {
    let wall = TestClock()
    let uptime = TestClock()
    let (events, told) = AsyncStream<StoreEvent>.makeStream()
    var options = SQLiteStoreOptions(
      requestRetention: .seconds(60), changeRetention: .seconds(60), clock: { wall.now })
    options.uptime = { uptime.now.microseconds }
    options.pulse = .milliseconds(5)
    options.report = { told.yield($0) }
    let directory = try TemporaryDirectory()
    try await TrackStoreSQLiteTests.withStore(in: directory.path, options: options) { store in
      try await store.write { try Samples.putTracks($0) }
      let newest = try await store.read { try $0.sqlite.newestChange() }
      wall.set(seconds: jump)
      for await event in events {
        #expect(event == .clockJumped(by: .seconds(jump)))
        break
      }
      uptime.set(seconds: 59)
      try await store.write { try $0.endLeases(.all) }
      try await expectRead(store, newest) {
        try $0.sqlite.changes(after: 0, limit: 9).last?.sequence
      }
      uptime.set(seconds: 61)
      try await store.write { try $0.endLeases(.all) }
      try await expectRead(store, nil) { try $0.sqlite.oldestChange() }
    }
  }

  @Test func `downtime does not count, and what has run is remembered`() async throws {
    let uptime = TestClock()
    var options = SQLiteStoreOptions(changeRetention: .seconds(60))
    options.uptime = { uptime.now.microseconds }
    options.pulse = nil
    let directory = try TemporaryDirectory()
    func withRun(_ body: (SQLiteTrackStore) async throws -> Void) async throws {
      try await TrackStoreSQLiteTests.withStore(in: directory.path, options: options, body)
    }
    try await withRun { store in
      try await store.write { try Samples.putTracks($0) }
      uptime.set(seconds: 50)
      try await store.write { try $0.endLeases(.all) }
    }
    uptime.set(seconds: 5_000_000)
    try await withRun { store in
      try await store.write { try $0.endLeases(.all) }
      #expect(try await store.read { try $0.sqlite.oldestChange() } != nil)
      uptime.set(seconds: 5_000_009)
      try await store.write { try $0.endLeases(.all) }
      #expect(try await store.read { try $0.sqlite.oldestChange() } != nil)
      uptime.set(seconds: 5_000_011)
      try await store.write { try $0.endLeases(.all) }
      try await expectRead(store, nil) { try $0.sqlite.oldestChange() }
    }
  }

  @Test func `small differences of the clocks are no jump, and slow ones never add up`() {
    var jumps = ClockJumps()
    var found: [Int64?] = []
    for (wall, uptime) in [
      (1_000_000, 0), (7_000_000, 1_000_000), (12_000_001, 1_000_000), (17_000_002, 1_000_000),
      (2_000_000, 1_000_000), (4_000_000, 3_000_000),
    ] as [(Int64, Int64)] {
      found.append(jumps.look(wall: wall, uptime: uptime))
    }
    #expect(found == [nil, nil, 5_000_001, 5_000_001, -15_000_002, nil])
  }
}

/// A clock that stands still until a test sets it.
///
/// `@unchecked Sendable`: the time is touched under the lock only.
final class TestClock: @unchecked Sendable {
  private let lock = Lock()
  private var time = Samples.time()

  var now: Timestamp { lock.withLock { time } }

  func set(seconds: Int64) { set(microseconds: seconds * 1_000_000) }

  func set(microseconds: Int64) {
    lock.withLock { time = Samples.time(microseconds) }
  }
}
