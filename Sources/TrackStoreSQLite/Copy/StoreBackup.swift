import Glibc
package import TrackDomain

/// Copies of the database that can be put back.
package enum StoreBackup {
  /// Copies the database of a data folder to a new file, whether a server writes to it or not: what was
  /// acknowledged before is in it. Blocks.
  ///
  /// The file is there once all of it is, has been checked and has reached the disk. Until then it has
  /// `.unfinished` behind its name.
  ///
  /// - Throws: where the file is there already, or the database is another user's: files beside it that
  ///   this one makes would be in its way.
  package static func make(
    ofDirectory directory: String, to file: String
  ) throws(StoreOpenError) {
    let database = directory + "/trackd.db"
    var status = stat()
    guard unsafe stat(database, &status) == 0 else { throw .system(database) }
    guard status.st_uid == geteuid() else {
      throw .inaccessible(
        path: database, reason: "it belongs to user \(status.st_uid): run this as that one")
    }
    guard unsafe access(directory + "/trackd.elsewhere", F_OK) != 0 else {
      throw .inaccessible(
        path: directory, reason: "it belongs to a trackd whose store is elsewhere")
    }
    guard unsafe access(file, F_OK) != 0 else { throw exists(file) }
    let source = try open(database)
    let unfinished = file + ".unfinished"
    let lock = try FileLock(unfinished)
    defer { lock.release() }
    do throws(StoreOpenError) {
      try DatabaseFile.copy(source, to: unfinished)
      // Not `rename`, which would replace a file that has come meanwhile.
      guard unsafe link(unfinished, file) == 0 else {
        throw errno == EEXIST ? exists(file) : .system(file)
      }
    } catch {
      DatabaseFile.remove(unfinished)
      throw error
    }
    _ = unsafe unlink(unfinished)
    try DataDirectory.sync(DataDirectory.parent(of: file) ?? ".")
  }

  /// Puts a backup in the place of the database of a data folder that nobody uses. Blocks.
  ///
  /// No server opens the folder while the files are moved: where this is ended then, it has to be
  /// called again. The database says that it was restored before it is in its place.
  ///
  /// - Returns: where the former database is; nil where there was none.
  package static func restore(
    _ file: String, toDirectory path: String, as restore: StoreRestore
  ) throws(StoreOpenError) -> String? {
    guard unsafe access(file, R_OK) == 0 else { throw .system(file) }
    let directory = try DataDirectory(path)
    try directory.checkForStore()
    let restored = directory.databasePath + ".restored"
    DatabaseFile.remove(restored)
    do throws(StoreOpenError) {
      try DatabaseFile.make(restored)
      try DatabaseFile.copy(try open(file), to: restored)
      try note(restore, in: restored)
      return try replaceDatabase(of: directory, by: restored)
    } catch {
      DatabaseFile.remove(restored)
      throw error
    }
  }

  private static func note(
    _ restore: StoreRestore, in file: String
  ) throws(StoreOpenError) {
    do {
      try StoreRestoring.write(inFile: file) { try $0.beginRestore(restore) }
    } catch let error as StoreOpenError {
      throw error
    } catch {
      throw .damaged(path: file, reason: "\(error)")
    }
  }

  private static func replaceDatabase(
    of directory: DataDirectory, by restored: String
  ) throws(StoreOpenError) -> String? {
    let former = try formerPath(directory)
    try DataDirectory.sync(directory.path)
    // Where this was ended before, what has gone there is the former one, and what is in its place is
    // not.
    for suffix in ["", "-wal"] {
      let from = directory.databasePath + suffix
      guard unsafe access(from, F_OK) == 0, unsafe access(former + suffix, F_OK) != 0 else {
        continue
      }
      guard unsafe rename(from, former + suffix) == 0 else { throw .system(from) }
    }
    _ = unsafe unlink(directory.databasePath + "-shm")
    guard unsafe rename(restored, directory.databasePath) == 0 else { throw .system(restored) }
    try DataDirectory.sync(directory.path)
    guard unsafe unlink(directory.restoringPath) == 0 else {
      throw .system(directory.restoringPath)
    }
    try DataDirectory.sync(directory.path)
    return unsafe access(former, F_OK) == 0 ? former : nil
  }

  /// Where the former database goes: the note that keeps servers away says it, and stays the same until
  /// all is done.
  private static func formerPath(_ directory: DataDirectory) throws(StoreOpenError) -> String {
    let note = directory.restoringPath
    var target = [UInt8](repeating: 0, count: 64)
    let count = unsafe target.withUnsafeMutableBytes { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
        unsafe bytes.baseAddress.map { unsafe readlink(note, $0, bytes.count) } ?? 0
      }
    }
    if count > 0 {
      return directory.path + "/" + String(decoding: target.prefix(count), as: UTF8.self)
    }
    var number = time(nil)
    var name: String
    repeat {
      name = "trackd.db.former-\(number)"
      number += 1
    } while unsafe access(directory.path + "/" + name, F_OK) == 0
    // A link: it is there with all that it says, or not at all.
    guard unsafe symlink(name, note) == 0 else { throw .system(note) }
    return directory.path + "/" + name
  }

  /// A connection that reads a database of trackd.
  private static func open(_ path: String) throws(StoreOpenError) -> Connection {
    do {
      let connection = try Connection(path: path, access: .readOnly)
      connection.setBusyTimeout(milliseconds: 5000)
      guard try Migration.schema(of: connection, path: path) > 0 else {
        throw StoreOpenError.foreign(path: path)
      }
      return connection
    } catch let error as StoreOpenError {
      throw error
    } catch let error as SQLiteError {
      throw StoreOpenError(error, path: path)
    } catch {
      throw .damaged(path: path, reason: "\(error)")
    }
  }

  private static func exists(_ file: String) -> StoreOpenError {
    .inaccessible(path: file, reason: "it is there already")
  }
}

/// Holds the name of an unfinished file, which it makes; what an earlier process left there goes.
private struct FileLock {
  private let descriptor: Int32

  init(_ path: String) throws(StoreOpenError) {
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .system(path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      _ = Glibc.close(descriptor)
      throw .inaccessible(path: path, reason: "another backup writes it")
    }
    guard fchmod(descriptor, 0o600) == 0, ftruncate(descriptor, 0) == 0 else {
      let error = StoreOpenError.system(path)
      _ = Glibc.close(descriptor)
      throw error
    }
    for suffix in ["-journal", "-wal", "-shm"] { _ = unsafe unlink(path + suffix) }
  }

  /// To be called once SQLite has closed the file: the system forgets SQLite's locks on it.
  func release() { _ = Glibc.close(descriptor) }
}
