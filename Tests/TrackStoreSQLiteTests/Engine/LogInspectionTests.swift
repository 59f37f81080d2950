import Foundation
import TestSupport
import Testing
import TrackDomain

@testable import TrackStoreSQLite

/// A start that would silently lose acknowledged writes is refused.
@Suite(.timeLimit(.minutes(2))) struct LogInspectionTests {
  /// Copies of a store's files as after a kill: the log has twenty commits that the database lacks.
  private struct Remains {
    let directory: TemporaryDirectory
    var database: String { directory.path + "/trackd.db" }
    var log: String { database + "-wal" }

    init() async throws {
      let source = try TemporaryDirectory()
      let copy = try TemporaryDirectory()
      try await withStore(in: source.path) { store in
        try await store.write { try Samples.putCatalog($0) }
        for number in 0..<20 {
          try await store.write {
            try $0.insertTrack(Samples.track("t\(number)", branch: "b\(number)"))
          }
        }
        for name in ["trackd.db", "trackd.db-wal"] {
          try FileManager.default.copyItem(
            atPath: source.path + "/" + name, toPath: copy.path + "/" + name)
        }
      }
      directory = copy
    }

    func bytes() throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: log))) }

    /// Flips bits of the log.
    func damage(at offsets: Range<Int>) throws {
      var bytes = try bytes()
      for offset in offsets { bytes[offset] ^= 0x5A }
      try Data(bytes).write(to: URL(fileURLWithPath: log))
    }

    func damage() throws -> LogInspection.Damage? {
      try LogInspection.damage(of: database, vfs: nil)
    }

    func trackCount(_ options: SQLiteStoreOptions = SQLiteStoreOptions()) async throws -> Int {
      let store = try SQLiteTrackStore.open(directory: directory.path, options: options)
      let count = try await store.read { try $0.trackCount(componentId: "cart", upTo: 99) }
      await store.close()
      return count
    }
  }

  private static let frameSize = 24 + 4096

  private func expectRefusal(_ remains: Remains, sourceLocation: SourceLocation = #_sourceLocation)
    async throws
  {
    let before = try remains.bytes()
    await #expect(sourceLocation: sourceLocation) {
      _ = try await remains.trackCount()
    } throws: { error in
      guard case StoreOpenError.losingWrites = error else { return false }
      return "\(error)".contains("--accept-data-loss")
    }
    #expect(try remains.bytes() == before, sourceLocation: sourceLocation)
  }

  private static func accepting(_ told: Told) -> SQLiteStoreOptions {
    var options = SQLiteStoreOptions()
    options.acceptsDataLoss = true
    options.report = { told.add($0) }
    return options
  }

  @Test func `what a kill leaves is opened`() async throws {
    #expect(try await Remains().trackCount() == 20)
  }

  @Test(arguments: [true, false])
  func `a log whose database is missing or empty`(_ isMissing: Bool) async throws {
    let remains = try await Remains()
    if isMissing {
      try FileManager.default.removeItem(atPath: remains.database)
    } else {
      try Data().write(to: URL(fileURLWithPath: remains.database))
    }
    #expect(try remains.damage() == .noDatabase)
    try await expectRefusal(remains)
    let told = Told()
    #expect(try await remains.trackCount(Self.accepting(told)) == 0)
    #expect(told.losses == 1)
    // The damaged log is kept for inspection.
    let names = try FileManager.default.contentsOfDirectory(atPath: remains.directory.path)
    #expect(names.contains { $0.hasPrefix("trackd.db-wal.lost-") })
  }

  @Test func `a damaged header, at whatever byte, with writes that the database lacks`()
    async throws
  {
    let remains = try await Remains()
    for offset in 0..<LogFrames.headerSize {
      try remains.damage(at: offset..<offset + 1)
      #expect(try remains.damage() == .header, "byte \(offset)")
      try remains.damage(at: offset..<offset + 1)
    }
    #expect(try remains.damage() == nil)
    // The whole header, and the beginning of the first frame.
    try remains.damage(at: 0..<4096)
    #expect(try remains.damage() == .header)
    try await expectRefusal(remains)
    let told = Told()
    _ = try? await remains.trackCount(Self.accepting(told))
    #expect(told.losses == 1)
  }

  @Test func `a damaged header of a log that is in the database is no loss`() async throws {
    let remains = try await Remains()
    let connection = try Connection(path: remains.database, access: .readWrite)
    try connection.harden()
    _ = try connection.integer("PRAGMA user_version")
    let result = try connection.checkpoint(.passive)
    #expect(result.moved == result.logged && result.moved > 20)
    try remains.damage(at: 0..<16)
    #expect(try remains.damage() == nil)
    #expect(try await remains.trackCount() == 20)
  }

  @Test func `remains of an earlier log behind a damaged one are no loss`() async throws {
    let remains = try await Remains()
    let connection = try Connection(path: remains.database, access: .readWrite)
    try connection.harden()
    _ = try connection.integer("PRAGMA user_version")
    let whole = try remains.bytes().count
    let first = try connection.checkpoint(.passive)
    #expect(first.moved == first.logged && first.moved > 20)
    // The log starts anew over its old beginning, while the database grows.
    let pages = try #require(try connection.integer("PRAGMA page_count"))
    // Beyond the pages that migrations left free.
    let free = try #require(try connection.integer("PRAGMA freelist_count"))
    for number in 0...free {
      try connection.execute("CREATE TABLE more_\(number) (number INTEGER) STRICT")
    }
    try connection.execute("UPDATE track SET description = 'new'")
    let result = try connection.checkpoint(.passive)
    #expect(result.moved == result.logged && result.logged * Self.frameSize < whole / 2)
    #expect(try #require(try connection.integer("PRAGMA page_count")) > pages)
    #expect(try remains.bytes().count == whole)
    try remains.damage(at: 0..<16)
    #expect(try remains.damage() == nil)
  }

  @Test func `frames are damaged, and commits come after them`() async throws {
    let remains = try await Remains()
    let count = try remains.bytes().count / Self.frameSize
    var log = try LogFrames(try #require(try StoredFile.open(remains.log, vfs: nil)), orPageSize: 0)
    var commits: [Int] = []
    for index in 0..<count where try log.read(index).isCommit { commits.append(index) }
    #expect(commits.last == count - 1)
    let beforeLast = commits[commits.count - 2]
    // Some frames in the middle, and the last three transactions.
    let some = stride(from: 0, to: beforeLast - 9, by: 17)
    for index in Array(some) + Array(beforeLast - 9..<count) {
      for offset in [0, 8, 16, 24, 4000] {
        let place = 32 + index * Self.frameSize + offset
        try remains.damage(at: place..<place + 1)
        let damage = try remains.damage()
        if index > beforeLast {
          // Like a power cut during the last transaction.
          #expect(damage == nil, "frame \(index), \(offset)")
        } else if index <= commits[commits.count - 3] {
          #expect(damage == .frame(index), "frame \(index), \(offset)")
        }
        try remains.damage(at: place..<place + 1)
      }
    }
    let middle = 32 + count / 2 * Self.frameSize + 30
    try remains.damage(at: middle..<middle + 1)
    try await expectRefusal(remains)
    let told = Told()
    let left = try await remains.trackCount(Self.accepting(told))
    #expect(left > 0 && left < 20)
    #expect(told.losses == 1)
    // The event comes only once.
    #expect(try await remains.trackCount() == left)
  }

  @Test func `a log that is cut off anywhere in its last transaction, or has garbage behind it`()
    async throws
  {
    let remains = try await Remains()
    let whole = try remains.bytes()
    for rest in [Array(whole.dropLast(1)), whole + [UInt8](repeating: 7, count: 9999)] {
      try Data(rest).write(to: URL(fileURLWithPath: remains.log))
      #expect(try remains.damage() == nil)
    }
    try Data(whole.prefix(40)).write(to: URL(fileURLWithPath: remains.log))
    #expect(try remains.damage() == nil)
    try Data([UInt8](repeating: 0, count: 100_000)).write(
      to: URL(fileURLWithPath: remains.log))
    #expect(try remains.damage() == nil)
  }
}
