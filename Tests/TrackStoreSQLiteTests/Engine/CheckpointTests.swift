import EventLoop
import Foundation
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStoreSQLite

/// The write-ahead log stays bounded, and no write waits for that.
@Suite(.timeLimit(.minutes(2))) struct CheckpointTests {
  private static func size(_ directory: TemporaryDirectory) throws -> Int {
    let log = directory.path + "/trackd.db-wal"
    return try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int ?? 0
  }

  private static func options(frames: Int) -> SQLiteStoreOptions {
    var options = SQLiteStoreOptions()
    options.checkpointFrames = frames
    options.pulse = nil
    return options
  }

  private static func update(_ store: SQLiteTrackStore, _ round: Int) async throws {
    try await store.write { transaction in
      var track = Samples.track("a")
      track.description = String(repeating: "\(round % 10)", count: 1000)
      track.revision = Int64(round + 2)
      try transaction.updateTrack(track)
    }
  }

  private static func fill(_ store: SQLiteTrackStore) async throws {
    try await store.write {
      try Samples.putCatalog($0)
      try $0.insertTrack(Samples.track("a"))
    }
  }

  @Test func `the log stays bounded under writes, and is empty after an orderly end`() async throws
  {
    let directory = try TemporaryDirectory()
    try await withStore(in: directory.path, options: Self.options(frames: 20)) { store in
      try await Self.fill(store)
      let before = await store.effort()
      for round in 0..<400 { try await Self.update(store, round) }
      // Each commit writes a page or two.
      let attempts = await store.effort().checkpoints - before.checkpoints
      #expect(attempts >= 10 && attempts <= 80)
      #expect(try Self.size(directory) < 60 * 4120)
    }
    #expect(try Self.size(directory) == 0)
  }

  @Test func `a reader that stays costs no write anything, and the log starts anew after it`()
    async throws
  {
    let directory = try TemporaryDirectory()
    let told = Told()
    var options = Self.options(frames: 20)
    options.report = { told.add($0) }
    try await withStore(in: directory.path, options: options) { store in
      try await Self.fill(store)
      try await store.withSnapshot(limit: .seconds(60)) { (snapshot) async throws in
        _ = try await snapshot.read { try $0.sqlite.newestChange() }
        let before = await store.effort()
        for round in 0..<300 { try await Self.update(store, round) }
        // Once after each commit, from the first few on, and never twice.
        let attempts = await store.effort().checkpoints - before.checkpoints
        #expect(attempts > 200 && attempts <= 300)
      }
      let long = try Self.size(directory)
      #expect(long > 300 * 4120)
      #expect(told.all.count == 1)
      for round in 0..<20 { try await Self.update(store, round) }
      try await expectRead(store, 21) { try $0.track(componentId: "cart", id: "a")?.revision }
      for round in 0..<300 { try await Self.update(store, round) }
      #expect(try Self.size(directory) < long + 10 * 4120)
    }
  }

  @Test func `the log stays bounded while a loop reads without a pause`() async throws {
    let directory = try TemporaryDirectory()
    let loop = try EventLoop(name: "reader")
    try await withStore(in: directory.path, options: Self.options(frames: 20)) { store in
      try await Self.fill(store)
      let reading = Task(executorPreference: loop) {
        while !Task.isCancelled {
          try await expectRead(store, "a") { try $0.track(componentId: "cart", id: "a")?.id }
          await Task.yield()
        }
      }
      for round in 0..<600 { try await Self.update(store, round) }
      reading.cancel()
      _ = await reading.result
      // 600 commits of a page or more each would need more, if the log never started anew.
      #expect(try Self.size(directory) < 500 * 4096)
    }
    await loop.shutdown()
  }

  @Test func `snapshots wait while the log is long, for a while`() {
    let pressure = LogPressure()
    let start = MonotonicTime(nanoseconds: 5_000_000_000)
    func after(_ milliseconds: Int) -> MonotonicTime { start + .milliseconds(milliseconds) }
    #expect(!pressure.isHigh && !pressure.holdsBack(now: start))
    #expect(pressure.raise(now: start))
    #expect(!pressure.raise(now: after(3000)))
    #expect(pressure.isHigh)
    for (time, holds) in [
      (0, true), (5999, true), (6000, false), (59_999, false), (60_000, true), (65_999, true),
      (66_000, false),
    ] {
      #expect(pressure.holdsBack(now: after(time)) == holds, "\(time)")
    }
    pressure.lower()
    #expect(!pressure.isHigh && !pressure.holdsBack(now: start))
  }
}
