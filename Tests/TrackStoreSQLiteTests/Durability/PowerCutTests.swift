import EventLoop
import TestSupport
import Testing
import TrackDomain

@testable import TrackStoreSQLite

/// No acknowledged write is lost in a power cut, wherever it happens.
@Suite(.timeLimit(.minutes(2))) struct PowerCutTests {
  /// One run: the disk with its log, and for each acknowledged track the length of the log at the
  /// acknowledgement.
  struct Run: Sendable {
    var disk: PowerCutDisk
    var directory: TemporaryDirectory
    var acknowledged: [(id: String, changes: UInt64)]
  }

  /// A run of acknowledged writes, `writers` at a time, with checkpoints now and then.
  static func run(writers: Int, writes: Int = 200) async throws -> Run {
    let disk = try PowerCutDisk()
    let directory = try TemporaryDirectory()
    let acknowledged = Acknowledged()
    try await withStore(in: directory.path, options: SQLiteStoreOptions(on: disk)) { store in
      try await store.write { try Samples.putCatalog($0, components: ["cart", "site"]) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<writers {
          group.addTask {
            for number in stride(from: writer, to: writes, by: writers) {
              let track = Samples.track(
                "t\(number)", of: number % 2 == 0 ? "cart" : "site",
                version: APIVersion(major: 1, minor: Int32(number)),
                endpoints: [Samples.endpoint("api")])
              try await store.write { try Samples.create(track, in: $0) }
              acknowledged.add(track.id, disk.changes)
            }
          }
        }
        try await group.waitForAll()
      }
    }
    return Run(disk: disk, directory: directory, acknowledged: acknowledged.all)
  }

  @Test(arguments: [(1, PowerCutDisk.Rest.nothing), (16, .nothing), (16, .prefix), (16, .subset)])
  func `after a power cut at any point every acknowledged write is there`(
    _ writers: Int, _ rest: PowerCutDisk.Rest
  ) async throws {
    let run = try await Self.run(writers: writers, writes: 120)
    #expect(run.acknowledged.count == 120)
    for changes in stride(from: 0, through: run.disk.changes, by: Thoroughness.step) {
      let found = run.disk.cut(after: changes, leaving: rest, seed: changes)
      let expected = run.acknowledged.filter { $0.changes <= changes }.map(\.id)
      try Self.check(found, run.directory, holds: expected, "cut after \(changes)")
    }
  }

  /// Opens the remains as a start of trackd does, and checks all of them.
  static func check(
    _ disk: PowerCutDisk, _ directory: TemporaryDirectory, holds ids: [String], _ comment: Comment
  ) throws {
    let connection = try Connection.opening(
      DataDirectory(directory.path), vfs: disk.name)
    #expect(try connection.text("PRAGMA integrity_check") == "ok", comment)
    #expect(try connection.text("PRAGMA foreign_key_check") == nil, comment)
    var found: Set<String> = []
    let row = try connection.prepare("SELECT id FROM track")
    while try row.step() { found.insert(row.text(0)) }
    row.reset()
    let missing = ids.filter { !found.contains($0) }
    #expect(missing.isEmpty, comment)
    try Self.checkWhole(connection, comment)
  }

  /// Checks that the rows of each transaction are there together.
  private static func checkWhole(_ connection: Connection, _ comment: Comment) throws {
    let strays = """
      SELECT
        (SELECT count(*) FROM track t WHERE (SELECT count(*) FROM endpoint e
          WHERE e.component_key = t.component_key AND e.track_id = t.id) <> 1)
        + (SELECT count(*) FROM track t WHERE (SELECT count(*) FROM config_revision r
          WHERE r.component_key = t.component_key AND r.track_id = t.id) <> 1)
        + abs((SELECT count(*) FROM track) - (SELECT count(*) FROM change_log))
        + (SELECT count(*) FROM component c WHERE latest_track_id IS NULL
          AND EXISTS (SELECT 1 FROM track WHERE component_key = c.key))
      """
    #expect(try connection.integer(strays) == 0, comment)
  }

  @Test func `a disk that keeps nothing it was not told to sync would be found out`() async throws {
    // Proves that the test can fail: acknowledgements that come one change too early are lost.
    let run = try await Self.run(writers: 1)
    var lost = 0
    for (id, changes) in run.acknowledged {
      let found = run.disk.cut(after: changes - 1, leaving: .nothing, seed: 1)
      let connection = try Connection.opening(DataDirectory(run.directory.path), vfs: found.name)
      let row = try connection.prepare("SELECT 1 FROM track WHERE id = ?1")
      row.bind(1, id)
      if try !row.step() { lost += 1 }
    }
    #expect(lost > 150)
  }
}

/// The acknowledged writes, with their times.
///
/// `@unchecked Sendable`: the entries are touched under the lock only.
final class Acknowledged: @unchecked Sendable {
  private let lock = Lock()
  private var entries: [(id: String, changes: UInt64)] = []

  func add(_ id: String, _ changes: UInt64) {
    lock.withLock { entries.append((id, changes)) }
  }

  var all: [(id: String, changes: UInt64)] { lock.withLock { entries } }
}
