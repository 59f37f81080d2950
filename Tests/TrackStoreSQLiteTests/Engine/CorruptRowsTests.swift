import Foundation
import TestBasics
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStoreSQLite

/// Rows that were changed by hand, as no version of trackd writes them: reading gives an error or
/// another value, never a trap.
@Suite(.timeLimit(.minutes(2))) struct CorruptRowsTests {
  private static let numbers: [Int64] = [
    .min, .min + 1, -9_223_372_036_854_000_000, -62_135_596_800_000_001, -2_147_483_649, -1, 0, 1,
    2,
    3, 7, 9, 255, 256, 65_536, 2_147_483_647, 2_147_483_648, 253_402_300_800_000_000,
    4_611_686_018_427_387_904, .max - 1, .max,
  ]

  private static func fill(_ transaction: Transaction) throws {
    try Samples.putTracks(transaction)
    try transaction.insertTrack(
      Samples.track(
        "v", version: APIVersion(major: 1, minor: 2), endpoints: [Samples.endpoint("a")]))
    try transaction.insertImage(Samples.image("i1", commit: "0f"))
    try transaction.insertImage(Samples.image("i2", of: ""))
    try transaction.insertDeployment(Samples.deployment("d1", state: .succeeded))
    try transaction.insertDeployment(Samples.deployment("d2"))
    try transaction.putBinding(Samples.binding(deployment: "d1", image: "i1"))
    try transaction.insertOperation(Samples.operation(for: Samples.deployment("d2")))
    try transaction.insertOperation(Samples.deletion("o2", of: "t2"))
    try transaction.putRelease(Samples.release("r1"))
    try transaction.rememberRequest(
      RememberedRequest(key: key, digest: Digest(), response: [1], at: Samples.time()))
  }

  private static let key = RequestKey(
    caller: "ci", method: .createDeploymentTrack, id: UniqueID(high: 1, low: 2))

  /// All reads, each alone, so that one that fails does not hide another.
  private static let reads: [@Sendable (any StoreReader) throws -> [Timestamp]] = [
    { try $0.tracks(.all(of: "cart")).tracks.flatMap { [$0.createdAt, $0.updatedAt] } },
    { try $0.states(in: .all, after: nil, limit: 9).states.map(\.track.updatedAt) },
    { try [$0.track(componentId: "cart", id: "v")?.createdAt].compactMap { $0 } },
    {
      _ = try $0.deployedTrack(componentId: "cart", id: "t1", limit: 9); return []
    },
    {
      _ = try $0.component("cart"); return []
    },
    { reader in
      for kind in CatalogKind.allCases {
        _ = try reader.catalogResources(kind, parentId: nil, after: "", limit: 9)
      }
      return []
    },
    { try [$0.request(key)?.at].compactMap { $0 } },
    {
      try $0.configRevisions(ConfigRevisionQuery(componentId: "cart", trackId: "t1", limit: 9))
        .revisions.map(\.createdAt)
    },
    {
      let query = DeploymentFactsQuery(componentId: "cart", trackId: "t1", imageId: "i1")
      _ = try $0.deploymentFacts(query)
      _ = try $0.rollbackFacts(query); return []
    },
    { reader in
      let newest = try reader.sqlite.newestChange()
      _ = try reader.sqlite.oldestChange()
      _ = try reader.sqlite.position(behind: newest)
      _ = try reader.sqlite.undigestedLimit()
      return try reader.sqlite.changes(after: 0, limit: 99).map { logged in
        _ = try? Snapshot.track(logged.change.snapshot)
        _ = LogPosition(behind: logged.change, sequence: logged.sequence)
        return logged.change.at
      }
    },
    {
      try $0.images(ImageQuery(componentId: "cart", trackId: "t1", after: nil, limit: 9)).images
        .flatMap { [$0.createdAt, $0.updatedAt, $0.committedAt ?? $0.createdAt] }
    },
    { try $0.unversionedImages(componentId: "cart", limit: 9).map(\.createdAt) },
    {
      try $0.deployments(
        DeploymentQuery(
          componentId: "cart", trackId: "t1", environmentId: nil, imageId: nil, state: nil, limit: 9
        )
      ).deployments.flatMap { [$0.createdAt, $0.startedAt, $0.endedAt].compactMap { $0 } }
    },
    {
      _ = try $0.bindings(componentId: "cart", trackId: "t1"); return []
    },
    {
      try $0.unfinishedDeployments(componentId: "cart", trackId: "t1", environmentId: nil)
        .map(\.createdAt)
    },
    { reader in
      try ["d2", "o2"].compactMap { try reader.operation(id: $0) }.flatMap {
        [$0.dueAt, $0.createdAt]
      }
    },
    { reader in
      let window = DueWindow(now: Samples.time(), far: .latest)
      for queue in [OperationQueue.deployments(environmentId: "dev"), .reports, .deletions] {
        _ = try reader.dueOperations(in: queue, window, limit: 9)
        _ = try reader.times(of: queue)
      }
      _ = try reader.waitingEnvironments(after: "", limit: 9)
      return []
    },
    { try [$0.release(releaseDeploymentId: "r1")?.createdAt].compactMap { $0 } },
    {
      _ = try $0.databaseId(); return []
    },
  ]

  /// Every column of every table.
  private static func columns(_ connection: Connection) throws -> [(table: String, name: String)] {
    let row = try connection.prepare(
      """
      SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
      WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY 1, 2
      """)
    var columns = [(table: "sqlite_sequence", name: "seq")]
    while try row.step() { columns.append((row.text(0), row.text(1))) }
    return columns
  }

  private static func damage(
    _ connection: Connection, _ column: (table: String, name: String),
    _ generator: inout SeededRandom
  ) throws {
    let row = try connection.prepare("UPDATE \(column.table) SET \(column.name) = ?1")
    switch generator.next() % 4 {
    case 0, 1: row.bind(1, numbers[Int(generator.next() % UInt64(numbers.count))])
    case 2:
      let count = [0, 1, 15, 16, 17, 300, 70_000][Int(generator.next() % 7)]
      row.bind(1, (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next() % 5) })
    default:
      row.bind(
        1, String(repeating: "\u{0}é", count: [0, 1, 70, 30_000][Int(generator.next() % 4)]))
    }
    // A type that the column refuses, or a duplicate key, does no damage.
    _ = try? row.run()
  }

  @Test(arguments: 0..<12 as Range<UInt64>) func `are an error or another value`(_ seed: UInt64)
    throws
  {
    var generator = SeededRandom(seed: seed)
    let directory = try TemporaryDirectory()
    let connection = try Connection.opening(DataDirectory(directory.path), vfs: nil)
    let transaction = Transaction(connection)
    transaction.isAlone = true
    try Self.fill(transaction)
    for pragma in ["foreign_keys = OFF", "ignore_check_constraints = ON"] {
      try connection.execute("PRAGMA \(pragma)")
    }
    var errors = 0
    for column in try Self.columns(connection) {
      try connection.execute("BEGIN")
      try Self.damage(connection, column, &generator)
      for read in Self.reads {
        do {
          for time in try read(transaction) {
            _ = (time.seconds, time.nanoseconds, time.before(.seconds(1)))
          }
        } catch let error as StoreError {
          errors += 1
          #expect(error.kind == .corrupt || error.kind == .failed, "\(column): \(error)")
        }
        connection.faults.fault = nil
      }
      _ = try? transaction.forgetChanges(keptBefore: .max, limit: 9)
      connection.faults.fault = nil
      try connection.execute("ROLLBACK")
    }
    #expect(errors > 5)
  }

  @Test(arguments: [
    ("track", "created_at", Int64.min), ("track", "major", -7), ("track", "config_revision", -1),
    ("track", "revision", .max), ("deployment", "kind", 300), ("deployment", "created_at", .max),
    ("image", "updated_at", .min), ("operation", "attempts", .max), ("operation", "due_at", .min),
    ("change_log", "at", .max), ("change_log", "kind", 257), ("release", "status", -1),
    ("request", "at", .min),
  ])
  func `of each kind is said to be corrupt`(_ table: String, _ name: String, _ value: Int64) throws
  {
    let directory = try TemporaryDirectory()
    let connection = try Connection.opening(DataDirectory(directory.path), vfs: nil)
    let transaction = Transaction(connection)
    transaction.isAlone = true
    try Self.fill(transaction)
    for pragma in ["foreign_keys = OFF", "ignore_check_constraints = ON"] {
      try connection.execute("PRAGMA \(pragma)")
    }
    let row = try connection.prepare("UPDATE \(table) SET \(name) = ?1")
    row.bind(1, value)
    try row.run()
    let kinds = Self.reads.compactMap { read -> StoreError.Kind? in
      do throws(any Error) {
        _ = try read(transaction)
        return nil
      } catch { return (error as? StoreError)?.kind }
    }
    #expect(kinds.contains(.corrupt), "\(table).\(name)")
  }
}
