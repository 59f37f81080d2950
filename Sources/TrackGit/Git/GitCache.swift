import EventLoop
import TrackDomain

/// A local copy of a repository, which trackd may delete at any time.
///
/// `@unchecked Sendable`: `format`, `isReady` and `isChanged` are touched in the gate's turn only.
final class GitCache: @unchecked Sendable {
  /// Only the task that has the turn runs git in the copy.
  let gate = SerialGate()
  let name: String
  /// The repository's directory.
  let path: String
  private let git: Git
  /// Nil: the format on the disk, or git's default for a new copy.
  private var format: GitObjectFormat?
  private var isReady = false
  /// Whether it may have been written to since it was last measured.
  private var isChanged = false

  /// - Parameter name: ends with the format if there are copies of both; see `Git.cache`.
  init(_ git: Git, name: String) {
    format = GitObjectFormat.allCases.first { name.hasSuffix("-\($0.rawValue)") }
    self.git = git
    self.name = name
    path = "\(git.cacheDirectory)/\(name)"
  }

  /// Makes the repository if it does not exist, and records the use. In the gate's turn.
  ///
  /// - Returns: whether this was the first call, or the repository was deleted since the last one.
  func prepare() async throws(IntegrationError) -> Bool {
    isChanged = true
    git.caches.used(name)
    let mark = Self.mark(in: path)
    // The time of this file tells the next process when the copy was last used. This fails when an
    // operator has removed the copy.
    if isReady, try await git.onDisk({ $0.touch(mark) }) { return false }
    isReady = false
    let path = path
    try await git.onDisk { try $0.makeDirectory(path) }
    var command = GitCommand("init", "--bare", "--quiet", "--template=", operands: [path])
    if let format { command.words.append("--object-format=\(format.rawValue)") }
    _ = try await git.output(command)
    try await git.onDisk { files in
      GitLeftovers.remove(from: path)
      _ = files.touch(mark)
    }
    isReady = true
    return true
  }

  /// Deletes the repository, so that one of the other object format can take its place. In the
  /// gate's turn.
  func changeFormat() async throws(IntegrationError) {
    let output = try await git.output(
      GitCommand("rev-parse", "--show-object-format", repository: path))
    let name = String(decoding: output, as: UTF8.self).filter { $0 != "\n" }
    format = GitObjectFormat(rawValue: name) == .sha256 ? .sha1 : .sha256
    await remove()
  }

  /// Deletes the repository. In the gate's turn.
  func remove() async {
    isReady = false
    isChanged = false
    let path = path
    let left = try? await git.onDisk { files in
      files.remove(path)
      return files.bytes(of: path)
    }
    // After a failure it may still exist, and keeps its size in the ledger.
    if let left { git.caches.measured(name, bytes: left) }
  }

  /// Measures its size, if that may have changed. In the gate's turn.
  func measure(anew: Bool = false) async {
    guard anew || isChanged || git.caches.isUnmeasured(name) else { return }
    let path = path
    guard let bytes = try? await git.onDisk({ $0.bytes(of: path) }) else { return }
    isChanged = false
    git.caches.measured(name, bytes: bytes)
  }

  /// The file whose time is that of the last use.
  static func mark(in path: String) -> String { "\(path)/trackd-used" }
}
