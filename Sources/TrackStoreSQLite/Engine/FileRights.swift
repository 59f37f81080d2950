import FoundationEssentials
import Glibc

/// Who may read and write what lies in the data folder.
///
/// What this process owns is made private: folders 0700, files 0600. With a group that may read
/// (`--data-group`), the folder lets it pass, to the GitOps repository, which readers such as Argo
/// CD may follow from there; nothing else is for them. What somebody else owns stays as it is;
/// where everybody can write to it, the store is not opened.
struct FileRights {
  /// What another user owns, for the log.
  struct Foreign: Equatable {
    var path: String
    var owner: UInt32
  }

  /// The names of trackd's own entries that are private.
  static let privateNames = [
    "trackd.db", "trackd.db-wal", "trackd.db-shm", "trackd.head", "trackd.lock",
    "trackd.elsewhere", "git",
  ]
  /// What the group may read.
  static let sharedName = "gitops.git"

  let folder: String
  var group: UInt32?
  private(set) var foreign: [Foreign] = []

  init(folder: String, group: UInt32?) {
    self.folder = folder
    self.group = group
  }

  /// Checks the folder itself, before anything is opened or made in it.
  mutating func secureFolder() throws(StoreOpenError) {
    try secure(folder, mode: group == nil ? 0o700 : 0o710, group: group)
  }

  /// Checks what is in the folder.
  mutating func secureEntries() throws(StoreOpenError) {
    for name in Self.privateNames { try secure(folder + "/" + name, mode: 0o700, group: nil) }
    let shared = folder + "/" + Self.sharedName
    guard let group else { return try secure(shared, mode: 0o700, group: nil) }
    try share(shared, with: group)
  }

  /// Lets a group read the GitOps repository, which is made where it is missing: what git makes in
  /// such folders is the group's, too.
  private func share(_ path: String, with group: UInt32) throws(StoreOpenError) {
    guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .system(path) }
    let inside = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
    for entry in [path] + inside.map({ path + "/" + $0 }) {
      var status = stat()
      // Gone meanwhile, or a link.
      guard unsafe lstat(entry, &status) == 0, status.st_mode & S_IFMT != S_IFLNK,
        status.st_uid == geteuid()
      else { continue }
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      let mode = status.st_mode & 0o700 | (isFolder ? 0o2050 : 0o040)
      guard unsafe chown(entry, .max, group) == 0, unsafe chmod(entry, mode) == 0 else {
        throw .system(entry)
      }
    }
  }

  /// - Parameter mode: of a folder, whose bits for searching files do not have.
  private mutating func secure(
    _ path: String, mode: mode_t, group: UInt32?
  ) throws(StoreOpenError) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw .system(path)
    }
    // A link to somewhere else: what it leads to is checked.
    if status.st_mode & S_IFMT == S_IFLNK, unsafe stat(path, &status) != 0 { return }
    guard status.st_uid == geteuid() else {
      guard status.st_mode & S_IWOTH == 0 else { throw .writableByAll(path: path) }
      foreign.append(Foreign(path: path, owner: status.st_uid))
      return
    }
    if let group, status.st_gid != group {
      guard unsafe chown(path, .max, group) == 0 else { throw .system(path) }
    }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    let wanted = isFolder ? mode : 0o600
    guard status.st_mode & 0o7777 & ~wanted != 0 || group != nil else { return }
    // Rights that the owner took from himself stay away.
    let kept = (status.st_mode & 0o700 | 0o070) & wanted
    guard unsafe chmod(path, kept) == 0 else { throw .system(path) }
  }
}

extension StoreOpenError {
  /// What a system call on a path reported just now.
  static func system(_ path: String) -> StoreOpenError {
    .inaccessible(path: path, reason: unsafe String(cString: strerror(errno)))
  }
}
