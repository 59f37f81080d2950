import EventLoop

/// What processes of git that were killed leave behind. Blocks.
enum GitLeftovers {
  /// Younger ones may belong to a process that is about to end.
  private static let ageSeconds: Int64 = 10

  /// Removes locks, unfinished packs, and the marks by which fast-import keeps packs from others.
  ///
  /// - Parameter isQuiet: no process works there; what was left a moment ago goes, too.
  static func remove(from repository: String, isQuiet: Bool = false) {
    let files = GitFiles()
    let oldest =
      isQuiet ? .max : WallClock.nowMicroseconds() / 1_000_000 - ageSeconds
    for path in files.paths(below: repository) where isLeftover(path) {
      let file = "\(repository)/\(path)"
      if let seconds = files.changeSeconds(file), seconds < oldest { files.remove(file) }
    }
  }

  /// Removes the marks by which fast-import keeps packs from others, however young: a pack that has
  /// one cannot be written again. For when none of trackd's processes works there.
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
