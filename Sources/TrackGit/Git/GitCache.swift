import EventLoop
import FoundationEssentials
import TrackDomain

/// One repository that trackd keeps for itself, and may throw away at any time.
///
/// `@unchecked Sendable`: `isReady` is touched in the gate's turn only.
final class GitCache: @unchecked Sendable {
  /// One at a time: whoever runs git in it.
  let gate = SerialGate()
  /// The repository's directory.
  let path: String
  private let git: Git
  private var isReady = false

  init(_ git: Git, name: String) {
    self.git = git
    path = "\(git.cacheDirectory)/\(name)"
  }

  /// Makes the repository, if it is not there, and notes that it is used. In the gate's turn.
  ///
  /// - Returns: whether it was thrown away, or never looked at, since the last call.
  func prepare() async throws(IntegrationError) -> Bool {
    defer { touch() }
    if isReady { return false }
    try Git.makeDirectory(path)
    _ = try await git.output(
      GitCommand("init", "--bare", "--quiet", "--template=", operands: [path]))
    GitLeftovers.remove(from: path)
    isReady = true
    return true
  }

  /// Throws the repository away. In the gate's turn.
  func remove() {
    isReady = false
    try? FileManager.default.removeItem(atPath: path)
  }

  /// When it was used last, in seconds since 1970; nil when there is no telling.
  var lastUse: Int64? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: mark)
    let date = attributes?[.modificationDate] as? Date
    return date.map { Int64($0.timeIntervalSince1970) }
  }

  private var mark: String { "\(path)/trackd-used" }

  private func touch() {
    // A new file each time: its time is what counts.
    _ = FileManager.default.createFile(atPath: mark, contents: Data())
  }
}

/// What processes of git that were killed leave behind.
enum GitLeftovers {
  /// Younger ones may belong to a process that is about to end.
  private static let age: TimeInterval = 10

  /// Removes locks, unfinished packs, and the marks by which fast-import keeps packs from others.
  static func remove(from repository: String) {
    let files = FileManager.default
    let paths = (try? files.subpathsOfDirectory(atPath: repository)) ?? []
    for path in paths where isLeftover(path, in: repository) {
      try? files.removeItem(atPath: "\(repository)/\(path)")
    }
  }

  /// Removes the marks by which fast-import keeps packs from others, however young: a pack that has
  /// one cannot be written again. For when none of trackd's processes works there.
  static func removeKeeps(from repository: String) {
    let folder = "\(repository)/objects/pack"
    let files = FileManager.default
    for name in (try? files.contentsOfDirectory(atPath: folder)) ?? [] where name.hasSuffix(".keep")
    {
      try? files.removeItem(atPath: "\(folder)/\(name)")
    }
  }

  private static func isLeftover(_ path: String, in repository: String) -> Bool {
    let name = path.split(separator: "/").last ?? ""
    guard
      name.hasSuffix(".lock") || name.hasSuffix(".keep") || name.hasPrefix("tmp_")
        || name.hasPrefix("fast_import_crash_")
    else { return false }
    let attributes = try? FileManager.default.attributesOfItem(atPath: "\(repository)/\(path)")
    guard let date = attributes?[.modificationDate] as? Date else { return false }
    return date.timeIntervalSinceNow < -age
  }
}
