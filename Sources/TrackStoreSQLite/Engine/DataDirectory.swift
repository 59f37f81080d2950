import Glibc

/// The folder that holds the database, made where it is missing and held by this process alone. The
/// same where the database is elsewhere: copies of repositories are nobody else's either.
///
/// The lock is `flock` on a file that holds the id of the process; it goes when the process ends,
/// however it ends. Connections keep a reference, so that the lock outlives them.
package final class DataDirectory: Sendable {
  let path: String
  private let lockDescriptor: Int32

  /// Entries that another user owns.
  let foreign: [FileRights.Foreign]

  var databasePath: String { path + "/trackd.db" }
  var logPath: String { databasePath + "-wal" }
  /// A link that is there while a restored database takes the place of the former one; says where that
  /// goes.
  var restoringPath: String { path + "/trackd.restoring" }
  /// There where the folder has no store.
  private var elsewherePath: String { path + "/trackd.elsewhere" }

  /// Makes the folder and those above it (mode 0700), and locks it.
  ///
  /// - Parameter group: may pass through the folder.
  init(_ path: String, group: UInt32? = nil) throws(StoreOpenError) {
    self.path = path
    try DataDirectory.make(path)
    var rights = FileRights(folder: path, group: group)
    try rights.secureFolder()
    let descriptor = try DataDirectory.lock(path)
    do {
      try rights.secureEntries()
    } catch {
      _ = Glibc.close(descriptor)
      throw error
    }
    foreign = rights.foreign
    lockDescriptor = descriptor
  }

  /// Holds the folder of a server whose store is elsewhere, and leaves word of that in it.
  package static func withoutDatabase(
    _ path: String, report: (StoreEvent) -> Void
  ) throws(StoreOpenError) -> DataDirectory {
    let directory = try DataDirectory(path)
    directory.reportForeign(report)
    let descriptor = unsafe open(
      directory.elsewherePath, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .system(directory.elsewherePath) }
    _ = Glibc.close(descriptor)
    return directory
  }

  /// Refuses a folder whose database is not to be opened.
  func checkForDatabase() throws(StoreOpenError) {
    try checkForStore()
    try checkForRestore()
  }

  /// Refuses the folder of a server whose store is elsewhere: without that it would begin again with
  /// nothing, or with what was there before.
  func checkForStore() throws(StoreOpenError) {
    guard unsafe access(elsewherePath, F_OK) != 0 else {
      throw .inaccessible(
        path: path,
        reason:
          "it belongs to a trackd whose store is elsewhere: name that with --store, or remove "
          + elsewherePath)
    }
  }

  /// Refuses a folder in which a restore was ended in its middle.
  func checkForRestore() throws(StoreOpenError) {
    var status = stat()
    guard unsafe lstat(restoringPath, &status) != 0 else {
      throw .inaccessible(
        path: path, reason: "a restore was interrupted: run 'trackd store restore' again")
    }
  }

  func reportForeign(_ report: (StoreEvent) -> Void) {
    for entry in foreign { report(.foreignFile(path: entry.path, owner: entry.owner)) }
  }

  /// Makes the database's file where it is missing, so that it is private from its first byte:
  /// SQLite would make it as the umask has it. The files beside it get the mode that it has.
  func makeDatabase() throws(StoreOpenError) {
    let descriptor = unsafe open(databasePath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      if errno == EEXIST { return }
      throw .system(databasePath)
    }
    defer { _ = Glibc.close(descriptor) }
    guard fchmod(descriptor, 0o600) == 0 else { throw .system(databasePath) }
  }

  deinit {
    // Unlocked before, because a child process that has not come to its exec yet has a copy of the
    // descriptor. Nothing was written that a failure could lose.
    _ = flock(lockDescriptor, LOCK_UN)
    _ = Glibc.close(lockDescriptor)
  }

  /// Keeps a log that SQLite would delete or overwrite without reading it.
  func setLogAside(for damage: LogInspection.Damage) throws(StoreOpenError) {
    // What is whole of such a log is read.
    if case .frame = damage { return }
    guard unsafe rename(logPath, logPath + ".lost-\(time(nil))") == 0 else {
      throw .system(logPath)
    }
  }

  private static func make(_ path: String) throws(StoreOpenError) {
    var status = stat()
    if unsafe stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw .inaccessible(path: path, reason: "it is not a directory")
      }
      guard unsafe access(path, R_OK | W_OK | X_OK) == 0 else { throw .system(path) }
      return
    }
    guard errno == ENOENT else { throw .system(path) }
    if let parent = parent(of: path) { try make(parent) }
    guard unsafe mkdir(path, 0o700) == 0 else {
      if errno == EEXIST { return }
      throw .system(path)
    }
    // The umask may have taken rights from it.
    guard unsafe chmod(path, 0o700) == 0 else { throw .system(path) }
    try sync(parent(of: path) ?? ".")
  }

  /// The folder that holds `path`; nil when that is the current one, or `path` is the root.
  static func parent(of path: String) -> String? {
    var rest = path[...]
    while rest.count > 1, rest.last == "/" { rest.removeLast() }
    guard let slash = rest.lastIndex(of: "/"), rest.count > 1 else { return nil }
    return slash == rest.startIndex ? "/" : String(rest[..<slash])
  }

  /// Makes the entries of a folder survive a power cut.
  static func sync(_ folder: String) throws(StoreOpenError) {
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(folder) }
    defer { _ = Glibc.close(descriptor) }
    // EINVAL: a file system without it.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw .system(folder) }
  }

  private static func lock(_ path: String) throws(StoreOpenError) -> Int32 {
    let file = path + "/trackd.lock"
    // Not where a link leads: the file is written to.
    let descriptor = unsafe open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      if errno == ELOOP { throw .inaccessible(path: file, reason: "it is a symbolic link") }
      throw .system(file)
    }
    var result: Int32
    repeat { result = flock(descriptor, LOCK_EX | LOCK_NB) } while result != 0 && errno == EINTR
    guard result == 0 else {
      let error: StoreOpenError =
        errno == EWOULDBLOCK
        ? .held(directory: path, processId: readProcessId(descriptor)) : .system(file)
      _ = Glibc.close(descriptor)
      throw error
    }
    writeProcessId(descriptor)
    return descriptor
  }

  /// Tells others who holds the folder. That it fails, on a full disk, only costs them the name.
  private static func writeProcessId(_ descriptor: Int32) {
    let text = Array("\(getpid())\n".utf8)
    guard ftruncate(descriptor, 0) == 0 else { return }
    _ = unsafe text.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  private static func readProcessId(_ descriptor: Int32) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe pread(descriptor, $0.baseAddress, $0.count, 0)
    }
    guard count > 0, let line = bytes.prefix(count).split(separator: 10).first else { return nil }
    return Int32(String(decoding: line, as: UTF8.self))
  }
}
