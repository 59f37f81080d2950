import Foundation
import TestSupport
import Testing
import TrackDomain

@testable import TrackStoreSQLite

/// The permissions of files that the store makes and finds.
@Suite(.serialized, .timeLimit(.minutes(2))) struct FileRightsTests {
  private func mode(_ path: String) -> mode_t {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return 0 }
    return status.st_mode & 0o7777
  }

  @Test(arguments: [0o000, 0o022, 0o077, 0o177] as [mode_t])
  func `what is made is private, whatever the umask`(_ mask: mode_t) async throws {
    let parent = try TemporaryDirectory()
    let folder = parent.path + "/a/data"
    let before = umask(mask)
    defer { _ = umask(before) }
    try await withStore(in: folder) { store in
      try await store.write { try Samples.putCatalog($0) }
      for path in ["/a", "/a/data"] { #expect(mode(parent.path + path) == 0o700) }
      for name in ["trackd.db", "trackd.db-wal", "trackd.db-shm", "trackd.lock"] {
        #expect(mode(folder + "/" + name) == 0o600, "\(name)")
      }
    }
  }

  @Test func `what was open to others is tightened, if it is trackd's`() async throws {
    let directory = try TemporaryDirectory()
    try await withStore(in: directory.path) { _ in }
    for name in ["git", "gitops.git", "elsewhere"] {
      try FileManager.default.createDirectory(
        atPath: directory.path + "/" + name, withIntermediateDirectories: false)
    }
    for name in ["", "/trackd.db", "/trackd.lock", "/git", "/gitops.git", "/elsewhere"] {
      #expect(unsafe chmod(directory.path + name, 0o777) == 0)
    }
    try await withStore(in: directory.path) { _ in
      #expect(mode(directory.path) == 0o700)
      #expect(mode(directory.path + "/trackd.db") == 0o600)
      #expect(mode(directory.path + "/trackd.lock") == 0o600)
      #expect(mode(directory.path + "/git") == 0o700)
      #expect(mode(directory.path + "/gitops.git") == 0o700)
      #expect(mode(directory.path + "/elsewhere") == 0o777)
    }
  }

  @Test func `rights that the owner took away stay away`() async throws {
    let directory = try TemporaryDirectory()
    let folder = directory.path + "/git"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false)
    defer { _ = unsafe chmod(folder, 0o700) }
    for (found, left) in [(0o577, 0o500), (0o755, 0o700), (0o077, 0o000)] as [(mode_t, mode_t)] {
      #expect(unsafe chmod(folder, found) == 0)
      try await withStore(in: directory.path) { _ in }
      #expect(mode(folder) == left)
    }
  }

  @Test func `of a link, what it leads to is tightened`() async throws {
    let directory = try TemporaryDirectory()
    let elsewhere = try TemporaryDirectory()
    try FileManager.default.createSymbolicLink(
      atPath: directory.path + "/git", withDestinationPath: elsewhere.path)
    try FileManager.default.createSymbolicLink(
      atPath: directory.path + "/gitops.git", withDestinationPath: elsewhere.path + "/nowhere")
    #expect(unsafe chmod(elsewhere.path, 0o755) == 0)
    try await withStore(in: directory.path) { _ in }
    #expect(mode(elsewhere.path) == 0o700)
  }

  @Test func `a group may pass through the folder, to the GitOps repository alone`() async throws {
    let directory = try TemporaryDirectory()
    var options = SQLiteStoreOptions()
    options.dataGroup = getegid()
    try await withStore(in: directory.path, options: options) { _ in
      #expect(mode(directory.path) == 0o710)
      #expect(mode(directory.path + "/trackd.db") == 0o600)
      #expect(mode(directory.path + "/gitops.git") == 0o2750)
    }
    let repository = directory.path + "/gitops.git"
    try FileManager.default.createDirectory(
      atPath: repository + "/refs", withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o700])
    try Data().write(to: URL(fileURLWithPath: repository + "/refs/head"))
    #expect(unsafe chmod(repository + "/refs/head", 0o666) == 0)
    try await withStore(in: directory.path, options: options) { _ in
      #expect(mode(repository + "/refs") == 0o2750)
      #expect(mode(repository + "/refs/head") == 0o640)
    }
    // And back again.
    try await withStore(in: directory.path) { _ in
      #expect(mode(directory.path) == 0o700)
      #expect(mode(repository) & 0o077 == 0)
    }
  }

  @Test(.enabled(if: geteuid() == 0, "giving files away takes root"))
  func `what others own is told, and refused only where everybody can write`() async throws {
    let directory = try TemporaryDirectory()
    try await withStore(in: directory.path) { _ in }
    let database = directory.path + "/trackd.db"
    #expect(unsafe chown(database, 65534, 65534) == 0)
    #expect(unsafe chmod(database, 0o664) == 0)
    let told = Told()
    var options = SQLiteStoreOptions()
    options.report = { told.add($0) }
    try await withStore(in: directory.path, options: options) { _ in
      #expect(mode(database) == 0o664)
    }
    #expect(told.all == [.foreignFile(path: database, owner: 65534)])
    #expect(unsafe chmod(database, 0o666) == 0)
    #expect(throws: StoreOpenError.writableByAll(path: database)) {
      _ = try SQLiteTrackStore.open(directory: directory.path)
    }
    // The store opens at once after that is mended: the refusal has kept no lock.
    #expect(unsafe chmod(database, 0o660) == 0)
    try await withStore(in: directory.path) { _ in }
  }

  @Test func `the lock is never a link`() async throws {
    let directory = try TemporaryDirectory()
    let target = directory.path + "/precious"
    try Data("precious".utf8).write(to: URL(fileURLWithPath: target))
    let lock = directory.path + "/trackd.lock"
    try FileManager.default.createSymbolicLink(atPath: lock, withDestinationPath: target)
    #expect(throws: StoreOpenError.inaccessible(path: lock, reason: "it is a symbolic link")) {
      _ = try SQLiteTrackStore.open(directory: directory.path)
    }
    #expect(try String(contentsOfFile: target, encoding: .utf8) == "precious")
  }
}
