import EventLoop

/// Removes files that killed git processes left behind. Blocks.
enum GitLeftovers {
  /// Younger files may belong to a process that is about to end.
  private static let ageSeconds: Int64 = 10

  /// Removes locks, unfinished packs, and the `.keep` files of fast-import.
  ///
  /// - Parameter isQuiet: no process works there; recent files go too.
  static func remove(from repository: String, isQuiet: Bool = false) {
    let files = GitFiles()
    let oldest =
      isQuiet ? .max : WallClock.nowMicroseconds() / 1_000_000 - ageSeconds
    for path in files.paths(below: repository) where isLeftover(path) {
      let file = "\(repository)/\(path)"
      if let seconds = files.changeSeconds(file), seconds < oldest { files.remove(file) }
    }
  }

  /// Removes the `.keep` files of fast-import, however recent: a pack that has one cannot be
  /// written again. Only when none of trackd's processes works there.
  static func removeKeeps(from repository: String) {
    let folder = "\(repository)/objects/pack"
    let files = GitFiles()
    for name in files.names(in: folder) where name.hasSuffix(".keep") {
      files.remove("\(folder)/\(name)")
    }
  }

  private static func isLeftover(_ path: String) -> Bool {
    let name = path.split(separator: "/").last ?? ""
    return name.hasSuffix(".lock") || name.hasSuffix(".keep") || name.hasPrefix("tmp_")
      || name.hasPrefix("fast_import_crash_")
  }
}
