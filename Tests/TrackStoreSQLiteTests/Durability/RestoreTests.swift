import Foundation
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStoreSQLite

/// A database that was restored to an earlier state.
@Suite(.timeLimit(.minutes(2))) struct RestoreTests {
  private static func append(_ store: SQLiteTrackStore, _ count: Int, at time: Int64) async throws {
    try await store.write { transaction in
      for number in 0..<count {
        var track = Samples.track("t1")
        track.updatedAt = Samples.time(time + Int64(number))
        try transaction.appendChange(Samples.change(of: track))
      }
    }
  }

  private static func opened(_ folder: String) async throws -> (events: [StoreEvent], limit: Int64)
  {
    let told = Told()
    var options = SQLiteStoreOptions()
    options.report = { told.add($0) }
    let store = try SQLiteTrackStore.open(directory: folder, options: options)
    let limit = try await store.read { try $0.sqlite.undigestedLimit() }
    await store.close()
    return (told.all, limit)
  }

  @Test(arguments: [0, 1, 9]) func `is noticed at the start, with or without changes since then`(
    _ since: Int
  ) async throws {
    let directory = try TemporaryDirectory()
    let database = directory.path + "/trackd.db"
    try await withStore(in: directory.path) { try await Self.append($0, 3, at: 0) }
    #expect(try await Self.opened(directory.path).events.isEmpty)
    try FileManager.default.copyItem(atPath: database, toPath: directory.path + "/backup")
    try await withStore(in: directory.path) { try await Self.append($0, 2, at: 100) }
    let lost = try await Self.opened(directory.path)
    #expect(lost.events.isEmpty && lost.limit == 0)

    let head = try Data(contentsOf: URL(fileURLWithPath: directory.path + "/trackd.head"))
    try FileManager.default.removeItem(atPath: database)
    try FileManager.default.moveItem(atPath: directory.path + "/backup", toPath: database)
    if since > 0 {
      try await withStore(in: directory.path) { try await Self.append($0, since, at: 200) }
      // As if that trackd had not checked.
      try head.write(to: URL(fileURLWithPath: directory.path + "/trackd.head"))
      let connection = try Connection(path: database, access: .readWrite)
      try connection.execute("UPDATE log_state SET undigested_limit = 0")
    }
    let found = try await Self.opened(directory.path)
    #expect(found.events == [.restored(lostUpTo: 5)])
    #expect(found.limit == -1)
    // Only once.
    #expect(try await Self.opened(directory.path).events.isEmpty)
  }

  @Test func `changes that went when their time was over are not missed`() async throws {
    let directory = try TemporaryDirectory()
    let head = URL(fileURLWithPath: directory.path + "/trackd.head")
    let uptime = TestClock()
    var options = SQLiteStoreOptions(changeRetention: .seconds(60))
    options.uptime = { uptime.now.microseconds }
    options.pulse = nil
    try await withStore(in: directory.path, options: options) {
      try await Self.append($0, 3, at: 0)
    }
    let old = try Data(contentsOf: head)
    for kept in [5, 0] {
      try await withStore(in: directory.path, options: options) { store in
        try await Self.append(store, 5, at: 100)
        uptime.set(seconds: 61)
        if kept > 0 { try await Self.append(store, 1, at: 200) }
        try await store.write { try $0.endLeases(.all) }
        let oldest = try await store.read { try $0.sqlite.oldestChange() }
        #expect(oldest == nil || oldest! > 4)
      }
      // As after a kill, which comes before the hint is written.
      try old.write(to: head)
      #expect(try await Self.opened(directory.path).events.isEmpty)
      uptime.set(seconds: 0)
    }
  }

  @Test func `a hint that cannot be read, or is another database's, says nothing`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/trackd.head"
    try await withStore(in: directory.path) { try await Self.append($0, 3, at: 0) }
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let digest = String(repeating: "f", count: 16)
    for hint in [
      "", "x", String(text.dropLast(9)), "\u{0}\u{0}", String(repeating: "9", count: 200),
      "0000000000000001" + text.dropFirst(16),
      // Of another database, whose log is longer.
      "0000000000000001 \(text.split(separator: " ")[1]) 0000000000000000099 \(digest) end\n",
    ] {
      try hint.write(toFile: path, atomically: false, encoding: .utf8)
      #expect(try await Self.opened(directory.path).events.isEmpty, "\(hint)")
    }
  }
}
