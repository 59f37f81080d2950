import EventLoop
import TrackDomain

/// One repository that trackd keeps for itself, and may throw away at any time.
///
/// `@unchecked Sendable`: `format`, `isReady` and `isChanged` are touched in the gate's turn only.
final class GitCache: @unchecked Sendable {
  /// One at a time: whoever runs git in it.
  let gate = SerialGate()
  let name: String
  /// The repository's directory.
  let path: String
  private let git: Git
  /// Nil: that which it has on the disk, or git's own for a new one.
  private var format: GitObjectFormat?
  private var isReady = false
  /// Whether something may have been written since it was measured.
  private var isChanged = false

  /// - Parameter name: with the format at its end, if there are copies of both; see `Git.cache`.
  init(_ git: Git, name: String) {
    format = GitObjectFormat.allCases.first { name.hasSuffix("-\($0.rawValue)") }
    self.git = git
    self.name = name
    path = "\(git.cacheDirectory)/\(name)"
  }

  /// Makes the repository, if it is not there, and notes that it is used. In the gate's turn.
  ///
  /// - Returns: whether it was thrown away, or never looked at, since the last call.
  func prepare() async throws(IntegrationError) -> Bool {
    isChanged = true
    git.caches.used(name)
    let mark = Self.mark(in: path)
    // Its time tells the next process when the copy was used. It fails when somebody has removed it.
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

  /// Throws the repository away, for one of the other object format. In the gate's turn.
  func changeFormat() async throws(IntegrationError) {
    let output = try await git.output(
      GitCommand("rev-parse", "--show-object-format", repository: path))
    let name = String(decoding: output, as: UTF8.self).filter { $0 != "\n" }
    format = GitObjectFormat(rawValue: name) == .sha256 ? .sha1 : .sha256
    await remove()
  }

  /// Throws the repository away. In the gate's turn.
  func remove() async {
    isReady = false
    isChanged = false
    let path = path
    let left = try? await git.onDisk { files in
      files.remove(path)
      return files.bytes(of: path)
    }
    // Without an answer it may still be there, and counts as before.
    if let left { git.caches.measured(name, bytes: left) }
  }

  /// Finds out how much room it takes, if that may have changed. In the gate's turn.
  func measure(anew: Bool = false) async {
    guard anew || isChanged || git.caches.isUnmeasured(name) else { return }
    let path = path
    guard let bytes = try? await git.onDisk({ $0.bytes(of: path) }) else { return }
    isChanged = false
    git.caches.measured(name, bytes: bytes)
  }

  /// The file whose time tells when a copy was used last.
  static func mark(in path: String) -> String { "\(path)/trackd-used" }
}
