import Glibc

/// The folder that holds the database, made where it is missing and held by this process alone.
///
/// The lock is `flock` on a file that holds the id of the process; it goes when the process ends,
/// however it ends. Connections keep a reference, so that the lock outlives them.
final class DataDirectory: Sendable {
  let path: String
  private let lockDescriptor: Int32

  var databasePath: String { path + "/trackd.db" }

  /// Makes the folder and those above it (mode 0700), and locks it.
  init(_ path: String) throws(StoreOpenError) {
    self.path = path
    try DataDirectory.make(path)
    lockDescriptor = try DataDirectory.lock(path)
  }

  deinit {
    // Unlocked before, because a child process that has not come to its exec yet has a copy of the
    // descriptor. Nothing was written that a failure could lose.
    _ = flock(lockDescriptor, LOCK_UN)
    _ = Glibc.close(lockDescriptor)
  }

  private static func make(_ path: String) throws(StoreOpenError) {
    var status = stat()
    if unsafe stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw .inaccessible(path: path, reason: "it is not a directory")
      }
      guard unsafe access(path, R_OK | W_OK | X_OK) == 0 else { throw systemError(path) }
      return
    }
    guard errno == ENOENT else { throw systemError(path) }
    if let parent = parent(of: path) { try make(parent) }
    guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw systemError(path) }
    try sync(parent(of: path) ?? ".")
  }

  /// The folder that holds `path`; nil when that is the current one, or `path` is the root.
  private static func parent(of path: String) -> String? {
    var rest = path[...]
    while rest.count > 1, rest.last == "/" { rest.removeLast() }
    guard let slash = rest.lastIndex(of: "/"), rest.count > 1 else { return nil }
    return slash == rest.startIndex ? "/" : String(rest[..<slash])
  }

  /// Makes the entries of a folder survive a power cut.
  private static func sync(_ folder: String) throws(StoreOpenError) {
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw systemError(folder) }
    defer { _ = Glibc.close(descriptor) }
    // EINVAL: a file system without it.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw systemError(folder) }
  }

  private static func lock(_ path: String) throws(StoreOpenError) -> Int32 {
    let file = path + "/trackd.lock"
    let descriptor = unsafe open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw systemError(file) }
    var result: Int32
    repeat { result = flock(descriptor, LOCK_EX | LOCK_NB) } while result != 0 && errno == EINTR
    guard result == 0 else {
      let error: StoreOpenError =
        errno == EWOULDBLOCK
        ? .held(directory: path, processId: readProcessId(descriptor)) : systemError(file)
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

  private static func systemError(_ path: String) -> StoreOpenError {
    .inaccessible(path: path, reason: unsafe String(cString: strerror(errno)))
  }
}
