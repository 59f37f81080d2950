import Foundation
import Glibc
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStoreSQLite

@Suite(.timeLimit(.minutes(2))) struct StoreBackupTests {
  private static func create(_ id: String, in store: SQLiteTrackStore) async throws {
    try await store.write { transaction in
      try Samples.create(Samples.track(id, branch: id), in: transaction)
    }
  }

  private static func tracks(_ folder: String) async throws -> [String] {
    var ids: [String] = []
    try await withStore(in: folder) { store in
      ids = try await store.read { try $0.tracks(.all(of: "cart")).tracks.map(\.id).sorted() }
    }
    return ids
  }

  private static func restore(_ file: String, _ folder: String) throws -> String? {
    try StoreBackup.restore(
      file, toDirectory: folder,
      as: StoreRestore(id: .random(), notedAt: Samples.time(5), notedBy: "the test"))
  }

  private static func refusal(_ body: () throws -> Void) -> StoreOpenError? {
    do { try body() } catch { return error as? StoreOpenError }
    return nil
  }

  @Test func `has what was acknowledged before, and is put back in place of what came later`()
    async throws
  {
    let directory = try TemporaryDirectory()
    let (folder, backup) = (directory.path + "/data", directory.path + "/backup")
    try await withStore(in: folder) { store in
      try await store.write { try Samples.putCatalog($0) }
      try await Self.create("t1", in: store)
      try StoreBackup.make(ofDirectory: folder, to: backup)
      try await Self.create("t2", in: store)
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        == ["backup", "data"])
    let rights = try FileManager.default.attributesOfItem(atPath: backup)[.posixPermissions]
    #expect(rights as? Int == 0o600)
    let bytes = try Data(contentsOf: URL(filePath: backup))
    let former = try #require(try Self.restore(backup, folder))
    #expect(try await Self.tracks(folder) == ["t1"])
    #expect(try Data(contentsOf: URL(filePath: backup)) == bytes)
    // What was replaced can be put back just as well.
    _ = try Self.restore(former, folder)
    #expect(try await Self.tracks(folder) == ["t1", "t2"])
    // A folder that was not there, on another machine.
    #expect(try Self.restore(backup, directory.path + "/new") == nil)
    #expect(try await Self.tracks(directory.path + "/new") == ["t1"])
  }

  @Test func `of a store that was killed has what its log has`() async throws {
    let directory = try TemporaryDirectory()
    let (folder, killed) = (directory.path + "/data", directory.path + "/killed")
    try await withStore(in: folder) { store in
      try await store.write { try Samples.putCatalog($0) }
      try await Self.create("t1", in: store)
      try FileManager.default.createDirectory(atPath: killed, withIntermediateDirectories: true)
      for name in ["trackd.db", "trackd.db-wal"] {
        try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: "\(killed)/\(name)")
      }
    }
    try StoreBackup.make(ofDirectory: killed, to: directory.path + "/backup")
    _ = try Self.restore(directory.path + "/backup", directory.path + "/new")
    #expect(try await Self.tracks(directory.path + "/new") == ["t1"])
  }

  @Test func `overwrites nothing, and takes nothing else for a backup`() async throws {
    let directory = try TemporaryDirectory()
    let (folder, file) = (directory.path + "/data", directory.path + "/file")
    try Data("mine".utf8).write(to: URL(filePath: file))
    try await withStore(in: folder) { store in
      try await store.write { try Samples.putCatalog($0) }
      let exists = Self.refusal { try StoreBackup.make(ofDirectory: folder, to: file) }
      #expect(exists == .inaccessible(path: file, reason: "it is there already"))
      // A server has the folder.
      guard
        case .held? = Self.refusal({ _ = try Self.restore(file, folder) })
      else {
        Issue.record("not refused")
        return
      }
    }
    #expect(
      Self.refusal { _ = try Self.restore(file, folder) }
        == .foreign(path: file))
    #expect(try Data(contentsOf: URL(filePath: file)) == Data("mine".utf8))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy {
        !$0.contains("restored") && !$0.contains("former")
      })
    let nothing = directory.path + "/nothing"
    #expect(Self.refusal { try StoreBackup.make(ofDirectory: nothing, to: nothing) } != nil)
    #expect(!FileManager.default.fileExists(atPath: nothing))
  }

  @Test func `a damaged file is not put back`() async throws {
    let directory = try TemporaryDirectory()
    let (folder, backup) = (directory.path + "/data", directory.path + "/backup")
    try await withStore(in: folder) { store in
      try await store.write { try Samples.putCatalog($0) }
      try StoreBackup.make(ofDirectory: folder, to: backup)
    }
    var bytes = try Data(contentsOf: URL(filePath: backup))
    for index in bytes.indices.dropFirst(bytes.count / 2) { bytes[index] = 0xFF }
    try bytes.write(to: URL(filePath: backup))
    guard
      case .damaged? = Self.refusal({ _ = try Self.restore(backup, folder) })
    else {
      Issue.record("not refused")
      return
    }
    try await withStore(in: folder) { store in
      let project = try await store.read { try $0.catalogResource(.project, id: "shop") }
      #expect(project != nil)
    }
  }

  /// A restore that was ended after each of its steps.
  @Test(arguments: 0...3)
  func `a restore that was interrupted keeps servers away until it is repeated`(
    _ step: Int
  ) async throws {
    let directory = try TemporaryDirectory()
    let (folder, backup) = (directory.path + "/data", directory.path + "/backup")
    try await withStore(in: folder) { store in
      try await store.write { try Samples.putCatalog($0) }
      try StoreBackup.make(ofDirectory: folder, to: backup)
      try await Self.create("t1", in: store)
    }
    let database = folder + "/trackd.db"
    let former = folder + "/trackd.db.former-1"
    _ = unsafe symlink("trackd.db.former-1", folder + "/trackd.restoring")
    if step > 0 { #expect(unsafe rename(database, former) == 0) }
    if step > 1 { _ = unsafe rename(database + "-wal", former + "-wal") }
    if step > 2 { try FileManager.default.copyItem(atPath: backup, toPath: database) }
    do {
      try await withStore(in: folder) { _ in }
      Issue.record("it was opened")
    } catch let error as StoreOpenError {
      #expect(error.description.contains("store restore"))
    }
    #expect(try Self.restore(backup, folder) == former)
    #expect(try await Self.tracks(folder) == [])
    _ = try Self.restore(former, folder)
    #expect(try await Self.tracks(folder) == ["t1"])
  }

  @Test func `what is put back says so, and holds what was under way`() async throws {
    let directory = try TemporaryDirectory()
    let (folder, backup) = (directory.path + "/data", directory.path + "/backup")
    let operation = Samples.operation(for: Samples.deployment("d1"), at: 1)
    try await withStore(in: folder) { store in
      try await store.write {
        try Samples.putTracks($0)
        try $0.insertOperation(operation)
      }
      try StoreBackup.make(ofDirectory: folder, to: backup)
    }
    _ = try Self.restore(backup, folder)
    try await withStore(in: folder) { store in
      let restore = try #require(try await store.read { try $0.restore() })
      #expect(restore.stands && restore.notedBy == "the test")
      #expect(restore.notedAt == Samples.time(5))
      try await expectRead(store, true) { try $0.operation(id: "d1")?.isRestored }
    }
    // A folder that was put back by other means is told so.
    try StoreRestoring.write(inDirectory: folder) {
      try $0.endRestore(at: Samples.time(6), by: "the test")
    }
    try await withStore(in: folder) { store in
      try await expectRead(store, false) { try $0.restore()?.stands }
      try await expectRead(store, false) { try $0.operation(id: "d1")?.isRestored }
      #expect(throws: StoreOpenError.self) {
        try StoreRestoring.write(inDirectory: folder) {
          try $0.endRestore(at: Samples.time(6), by: "the test")
        }
      }
    }
    #expect(throws: StoreCopyError.noSource(path: directory.path + "/none/trackd.db")) {
      try StoreRestoring.write(inDirectory: directory.path + "/none") { _ in }
    }
  }

  @Test func `tokens of changes that the backup lacks are undone, whatever comes in their stead`()
    async throws
  {
    let directory = try TemporaryDirectory()
    let (folder, backup) = (directory.path + "/data", directory.path + "/backup")
    var (known, lost) = (LogPlace.start, LogPlace.start)
    try await withStore(in: folder) { store in
      try await store.write { try Samples.putCatalog($0) }
      try await Self.create("t1", in: store)
      known = try await store.read { try $0.newestPlace() }
      try StoreBackup.make(ofDirectory: folder, to: backup)
      try await Self.create("t2", in: store)
      lost = try await store.read { try $0.newestPlace() }
    }
    _ = try Self.restore(backup, folder)
    let undone = Resumption.undone(isNews: false)
    try await withStore(in: folder) { [known, lost] store in
      try await expectRead(store, .behind(known)) { try $0.resumption(at: known.bytes) }
      try await expectRead(store, undone) { try $0.resumption(at: lost.bytes) }
      try await Self.create("t3", in: store)
      try await expectRead(store, undone) { try $0.resumption(at: lost.bytes) }
    }
  }
}
