import Glibc
import Synchronization
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

  /// Nothing goes too early, whatever the machine of a server takes for the time.
  @Test(arguments: [-100, 100])
  func `a jump of a machine's clock drops nothing`(days: Int64) async throws {
    try await withPostgreSQLDatabase { string in
      let jump = Jump()
      var options = PostgreSQLStoreOptions()
      options.uptime = { jump.now }
      options.poll = .milliseconds(5)
      let jumping = try await PostgreSQLTrackStore.open(
        string, spoolDirectory: nil, options: options)
      let other = try await PostgreSQLTrackStore.open(string, spoolDirectory: nil)
      try await jumping.write { try Samples.putTracks($0) }
      try await other.addTrack("before", of: "cart")
      jump.by(microseconds: days * 86400 * 1_000_000)
      // The first reads the clock, whatever it is about.
      try await jumping.addTrack("after", of: "cart")
      let reaping = Reaping(Retention(options, DatabaseClock(Samples.time(), uptime: { jump.now })))
      { _ in }
      for store in [jumping, other] { _ = try await reaping.run(on: store) }
      let kept = try await other.read { try $0.changes(after: .start, limit: 1000) }
      #expect(kept?.map(\.change.resourceId).suffix(2) == ["before", "after"])
      await jumping.close()
      await other.close()
    }
  }

  /// A clock that jumps when it is told to.
  private final class Jump: Sendable {
    private let microseconds = Atomic<Int64>(0)

    func by(microseconds count: Int64) { microseconds.store(count, ordering: .relaxed) }

    var now: Int64 {
      var time = timespec()
      _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
      return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
        + microseconds.load(ordering: .relaxed)
    }
  }
}
