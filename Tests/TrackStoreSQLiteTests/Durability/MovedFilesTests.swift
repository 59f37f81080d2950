import Foundation
import TestSupport
import Testing
import TrackDomain

@testable import TrackStoreSQL
@testable import TrackStoreSQLite

/// A store whose files are removed or replaced while it is open.
@Suite(.timeLimit(.minutes(2))) struct MovedFilesTests {
  enum Loss: CaseIterable {
    case logRemoved, logReplaced, logRenamed, databaseRenamed, databaseReplaced, folderRenamed

    var keepsDatabase: Bool {
      switch self {
      case .logRemoved, .logReplaced, .logRenamed: true
      case .databaseRenamed, .databaseReplaced, .folderRenamed: false
      }
    }

    /// The path of the database afterwards.
    func place(_ folder: String) throws -> String {
      let files = FileManager.default
      let database = folder + "/trackd.db"
      switch self {
      case .logRemoved: try files.removeItem(atPath: database + "-wal")
      case .logReplaced:
        try files.removeItem(atPath: database + "-wal")
        try Data().write(to: URL(fileURLWithPath: database + "-wal"))
      case .logRenamed: try files.moveItem(atPath: database + "-wal", toPath: folder + "/log")
      case .databaseRenamed, .databaseReplaced:
        try files.moveItem(atPath: database, toPath: folder + "/moved")
        if self == .databaseReplaced {
          try files.copyItem(atPath: folder + "/moved", toPath: database)
        }
        return folder + "/moved"
      case .folderRenamed:
        try files.moveItem(atPath: folder, toPath: folder + "-moved")
        return folder + "-moved/trackd.db"
      }
      return database
    }
  }

  private static func put(_ id: String, _ store: SQLiteTrackStore) async throws {
    try await store.write { try $0.insertTrack(Samples.track(id, branch: id)) }
  }

  /// The tracks in the database file alone, without its log.
  private static func tracks(_ database: String) throws -> [String] {
    let copy = try TemporaryDirectory()
    try FileManager.default.copyItem(atPath: database, toPath: copy.path + "/copy.db")
    let connection = try Connection(path: copy.path + "/copy.db", access: .readWrite)
    let row = try connection.prepare("SELECT id FROM track ORDER BY id")
    var ids: [String] = []
    while try row.step() { ids.append(row.text(0)) }
    return ids
  }

  @Test(arguments: Loss.allCases)
  func `what was acknowledged is in the database, and writing ends`(_ loss: Loss) async throws {
    let parent = try TemporaryDirectory()
    let folder = parent.path + "/data"
    var options = SQLiteStoreOptions()
    options.pulse = nil
    try await withStore(in: folder, options: options) { store in
      try await store.write { try Samples.putCatalog($0) }
      try await Self.put("a", store)
      let database = try loss.place(folder)
      var expected = ["a"]
      do {
        try await Self.put("b", store)
        expected.append("b")
        #expect(loss.keepsDatabase)
      } catch let error as StoreError {
        #expect(error.kind == .unavailable)
        #expect(!loss.keepsDatabase)
      }
      guard case .failed = store.state else {
        Issue.record("the store is \(store.state)")
        return
      }
      let found = try Self.tracks(database)
      #expect(expected.allSatisfy(found.contains))
      await #expect { try await Self.put("c", store) } throws: {
        ($0 as? StoreError)?.kind == .unavailable
      }
      // A database that has taken the name is not read.
      await #expect(throws: StoreError.self) {
        try await store.withSnapshot(limit: .seconds(9)) { snapshot in
          try await snapshot.read { try $0.trackCount(componentId: "cart", upTo: 9) }
        }
      }
    }
  }

  @Test func `what a reader keeps from the database is there when the reader has gone`()
    async throws
  {
    let directory = try TemporaryDirectory()
    var options = SQLiteStoreOptions()
    options.pulse = .milliseconds(5)
    try await withStore(in: directory.path, options: options) { store in
      try await store.write { try Samples.putCatalog($0) }
      let (failures, failed) = AsyncStream<Void>.makeStream()
      store.observeState { if case .failed = $0 { failed.yield() } }
      let database = try await store.withSnapshot(limit: .seconds(100)) { snapshot in
        _ = try await snapshot.read { try $0.sqlite.newestChange() }
        try await Self.put("a", store)
        let database = try Loss.logRemoved.place(directory.path)
        for await _ in failures { break }
        _ = await store.effort()
        #expect(try Self.tracks(database) == [])
        return database
      }
      // The store tries again once in a while.
      var looks = 0
      while try Self.tracks(database) != ["a"], looks < 2000 {
        looks += 1
        try await Task.sleep(for: .milliseconds(5))
      }
      #expect(try Self.tracks(database) == ["a"])
    }
  }

  @Test func `who finds no database gives the place of its snapshot back`() async throws {
    let parent = try TemporaryDirectory()
    let folder = parent.path + "/data"
    try await withStore(in: folder) { store in
      _ = try Loss.folderRenamed.place(folder)
      for _ in 0..<3 * OpenSnapshots.limit {
        let attempt = Task { try await store.withSnapshot(limit: .seconds(9)) { _ in } }
        let (ended, end) = AsyncStream<Bool>.makeStream()
        Task {
          if case .failure = await attempt.result { end.yield(true) }
          end.finish()
        }
        Task {
          while await store.openSnapshots().waiting == 0, !attempt.isCancelled {
            try await Task.sleep(for: .milliseconds(1))
          }
          end.finish()
        }
        var hasFailed = false
        for await isFailure in ended {
          hasFailed = isFailure
          break
        }
        attempt.cancel()
        #expect(hasFailed)
      }
    }
  }

  @Test(arguments: Loss.allCases)
  func `it is noticed while nothing is written`(_ loss: Loss) async throws {
    let parent = try TemporaryDirectory()
    let folder = parent.path + "/data"
    var options = SQLiteStoreOptions()
    options.pulse = .milliseconds(5)
    try await withStore(in: folder, options: options) { store in
      try await store.write { try Samples.putCatalog($0) }
      try await Self.put("a", store)
      let (failures, failed) = AsyncStream<Void>.makeStream()
      store.observeState { if case .failed = $0 { failed.yield() } }
      let database = try loss.place(folder)
      for await _ in failures { break }
      // Runs on the writer's thread, so that the rescue is over.
      _ = await store.effort()
      #expect(try Self.tracks(database) == ["a"])
    }
  }
}
