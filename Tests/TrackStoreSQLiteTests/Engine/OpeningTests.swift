import CSQLite
import Foundation
import TestSupport
import Testing
import TrackDomain

@testable import TrackStoreSQLite

/// A start of the store in different folders.
@Suite(.timeLimit(.minutes(2))) struct OpeningTests {
  private func openError(_ path: String) async -> StoreOpenError? {
    do throws(StoreOpenError) {
      await (try SQLiteTrackStore.open(directory: path)).close()
      return nil
    } catch {
      return error
    }
  }

  @Test func `missing folders are made, and what was written is there after a restart`()
    async throws
  {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a/b/"
    try await withStore(in: path) { store in
      try await store.write { try Samples.putCatalog($0) }
    }
    try await withStore(in: path) { store in
      try await expectRead(store, true) { try $0.component("cart") != nil }
    }
  }

  @Test func `a second one is told who holds the folder`() async throws {
    try await withStore { _ in }
    let directory = try TemporaryDirectory()
    try await withStore(in: directory.path) { _ in
      let error = await openError(directory.path)
      let processId = ProcessInfo.processInfo.processIdentifier
      #expect(error == .held(directory: directory.path, processId: processId))
      #expect("\(error, default: "")".hasSuffix("in use by another trackd, process \(processId)"))
    }
  }

  @Test func `a folder whose server has its store elsewhere is held, and no store is made in it`()
    async throws
  {
    let directory = try TemporaryDirectory()
    do {
      let folder = try DataDirectory.withoutDatabase(directory.path) { _ in }
      defer { withExtendedLifetime(folder) {} }
      let processId = ProcessInfo.processInfo.processIdentifier
      #expect(
        await openError(directory.path) == .held(directory: directory.path, processId: processId))
    }
    let error = await openError(directory.path)
    #expect("\(error, default: "")".contains("--store"))
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    #expect(names.sorted() == ["trackd.elsewhere", "trackd.lock"])
    try FileManager.default.removeItem(atPath: directory.path + "/trackd.elsewhere")
    #expect(await openError(directory.path) == nil)
  }

  @Test func `a folder is free once its store is closed, whoever has a copy of the descriptor`()
    async throws
  {
    let directory = try TemporaryDirectory()
    var copies: [Int32] = []
    try await withStore(in: directory.path) { _ in
      // A child process has all descriptors between its fork and its exec.
      for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
        let target = try? FileManager.default.destinationOfSymbolicLink(
          atPath: "/proc/self/fd/\(name)")
        guard let descriptor = Int32(name), target?.hasPrefix(directory.path) == true else {
          continue
        }
        copies.append(dup(descriptor))
      }
    }
    #expect(!copies.isEmpty)
    #expect(await openError(directory.path) == nil)
    for copy in copies { close(copy) }
  }

  @Test func `a file in the folder's place is said`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/file"
    try Data().write(to: URL(fileURLWithPath: path))
    #expect(
      await openError(path) == .inaccessible(path: path, reason: "it is not a directory"))
    let below = path + "/data"
    guard case .inaccessible = await openError(below) else {
      Issue.record("a folder below a file was made")
      return
    }
  }

  @Test func `a database of a newer version is refused and left as it is`() async throws {
    let directory = try TemporaryDirectory()
    try await withStore(in: directory.path) { _ in }
    let path = directory.path + "/trackd.db"
    try Connection(path: path, access: .readWrite).execute("PRAGMA user_version = 999")
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(
      await openError(directory.path)
        == .newer(path: path, schema: 999, known: Migration.newest))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test func `what is no database of trackd is refused and left as it is`() async throws {
    for content in ["sqlite", "text"] {
      let directory = try TemporaryDirectory()
      let path = directory.path + "/trackd.db"
      if content == "sqlite" {
        try Connection(path: path, access: .readWrite).execute("CREATE TABLE t (x)")
      } else {
        try Data(String(repeating: "no database ", count: 500).utf8)
          .write(to: URL(fileURLWithPath: path))
      }
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(await openError(directory.path) == .foreign(path: path))
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }
  }

  @Test func `a step that fails leaves the schema before it, whole`() throws {
    let directory = try TemporaryDirectory()
    let connection = try Connection(path: directory.path + "/x.db", access: .readWrite)
    let steps = [
      Migration(number: 1, script: "CREATE TABLE one (x INTEGER) STRICT;"),
      Migration(
        number: 2, script: "CREATE TABLE two (x INTEGER) STRICT; INSERT INTO none VALUES (1);"),
    ]
    #expect(throws: SQLiteError.self) { try Migration.run(steps, on: connection, from: 0) }
    try? connection.execute("ROLLBACK")
    #expect(try connection.integer("PRAGMA user_version") == 1)
    #expect(try connection.text("SELECT group_concat(name) FROM sqlite_schema") == "one")
  }

  @Test func `commits sync the log, and foreign keys are checked`() throws {
    let directory = try TemporaryDirectory()
    let connection = try Connection.opening(DataDirectory(directory.path), vfs: nil)
    #expect(try connection.text("PRAGMA journal_mode") == "wal")
    #expect(try connection.integer("PRAGMA synchronous") == 2)
    #expect(try connection.integer("PRAGMA foreign_keys") == 1)
  }

  /// Statistics take a mutex of the whole process around every allocation. Code that starts SQLite
  /// before its settings are made would leave them on.
  @Test func `SQLite keeps no statistics of memory`() async throws {
    try await withStore { _ in #expect(sqlite3_memory_used() == 0) }
  }
}
