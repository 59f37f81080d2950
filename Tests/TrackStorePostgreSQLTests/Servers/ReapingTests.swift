import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

/// Servers drop what was kept long enough, one of them at a time, and nothing else.
@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL) struct ReapingTests {
  private func superseded(_ id: String) -> TrackImage {
    var image = Samples.image(id, commit: "0f")
    image.isSuperseded = true
    return image
  }

  @Test func `what was kept long enough goes, and what is in use stays`() async throws {
    try await withPostgreSQLDatabase { string in
      var options = PostgreSQLStoreOptions()
      options.changeRetention = .zero
      options.supersededImageRetention = .zero
      options.requestRetention = .zero
      let keeping = try await PostgreSQLTrackStore.open(string, spoolDirectory: nil)
      try await keeping.write { transaction in
        try Samples.putTracks(transaction)
        for number in 0..<700 {
          try transaction.appendChange(Samples.change(of: Samples.track("x\(number)")))
        }
        for number in 0..<300 { try transaction.insertImage(superseded("old\(number)")) }
        try transaction.insertImage(superseded("waiting"))
        try transaction.insertImage(Samples.image("current", commit: "0f"))
        try transaction.insertDeployment(
          Samples.deployment("waiting", of: "waiting", into: "dev", state: .queued))
      }
      let stores = [
        try await PostgreSQLTrackStore.open(string, spoolDirectory: nil, options: options),
        try await PostgreSQLTrackStore.open(string, spoolDirectory: nil, options: options),
      ]
      func counts() async throws -> [Int] {
        try await keeping.read { reader in
          let query = ImageQuery(componentId: "cart", trackId: "t1", after: nil, limit: 1000)
          let changes = try reader.changes(after: .start, limit: 1000)
          return [try reader.images(query).images.count, changes?.count ?? 0]
        }
      }
      while try await counts() != [2, 0] { try await Task.sleep(for: .milliseconds(50)) }
      let kept = try await keeping.read { reader in
        try ["waiting", "current"].map { try reader.image(componentId: "cart", id: $0) != nil }
      }
      #expect(kept == [true, true])
      // Numbers go on.
      try await keeping.addTrack("behind", of: "cart")
      let last = try PostgreSQLConnection(ConnectionString(string)).integer(
        "SELECT change_sequence FROM store_head")
      #expect(last == 703)
      for store in stores { await store.close() }
      await keeping.close()
    }
  }
}
