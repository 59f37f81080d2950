import EventLoop
import Foundation
import Testing
import TrackDomain

@testable import TrackStoreSQLite

/// The write-ahead log does not grow without bounds.
@Suite(.timeLimit(.minutes(2))) struct CheckpointTests {
  @Test func `the log stays bounded under writes, and is empty after an orderly end`() async throws
  {
    let directory = try TemporaryDirectory()
    let log = directory.path + "/trackd.db-wal"
    func size() throws -> Int {
      try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int ?? 0
    }
    try await withStore(in: directory.path) { store in
      try await store.write { try Samples.putCatalog($0) }
      for round in 0..<60 {
        try await store.write { transaction in
          for number in 0..<100 {
            let id = UniqueID(high: UInt64(number &* 7919), low: UInt64(round)).description
            var track = Samples.track(id, branch: id)
            track.description = String(repeating: "x", count: 1000)
            try transaction.insertTrack(track)
          }
        }
        #expect(try size() < 24 * 1024 * 1024)
      }
      #expect(try size() > 0)
    }
    #expect(try size() == 0)
  }

  @Test func `the log stays bounded while a loop reads without a pause`() async throws {
    let directory = try TemporaryDirectory()
    let log = directory.path + "/trackd.db-wal"
    var options = SQLiteStoreOptions()
    options.checkpointFrames = 20
    let loop = try EventLoop(name: "reader")
    try await withStore(in: directory.path, options: options) { store in
      try await store.write {
        try Samples.putCatalog($0)
        try $0.insertTrack(Samples.track("a"))
      }
      let reading = Task(executorPreference: loop) {
        while !Task.isCancelled {
          try await expectRead(store, "a") { try $0.track(componentId: "cart", id: "a")?.id }
          await Task.yield()
        }
      }
      var largest = 0
      for round in 0..<600 {
        try await store.write { transaction in
          var track = Samples.track("a")
          track.description = String(repeating: "\(round % 10)", count: 1000)
          track.revision = Int64(round + 2)
          try transaction.updateTrack(track)
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: log)
        largest = max(largest, attributes[.size] as? Int ?? 0)
      }
      reading.cancel()
      _ = await reading.result
      // 600 commits of a page or more each, were the log never to start anew.
      #expect(largest < 550 * 4096)
    }
    await loop.shutdown()
  }
}
