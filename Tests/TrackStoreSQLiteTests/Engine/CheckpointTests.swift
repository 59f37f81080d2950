import Foundation
import Testing
import TrackDomain

@testable import TrackStoreSQLite

/// The write-ahead log does not grow without bounds.
@Suite struct CheckpointTests {
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
}
