import EventLoop
public import TrackDomain

/// The Git repositories of components, by way of copies on this machine. Thread-safe; one fetch at a
/// time for each repository.
public struct GitSourceRepository: SourceRepository {
  private let git: Git

  /// The most that the messages of one call may have.
  private static let maximumMessages = 16 << 20

  public init(_ git: Git) {
    self.git = git
  }

  public func resolve(
    _ revision: SourceRevision, repositoryURL: String
  ) async throws(IntegrationError) -> String {
    let url = try url(repositoryURL)
    switch revision {
    case .branch(let branch): return try await head(of: branch, url)
    case .commit(let text): return try await commit(text.lowercased(), url)
    }
  }

  public func firstFile(
    of paths: [String], commit: String, repositoryURL: String, maximumBytes: Int
  ) async throws(IntegrationError) -> SourceFile? {
    try await read(commit, repositoryURL) { repository throws(IntegrationError) in
      let files = try await self.files(paths, commit, repository)
      for path in paths {
        guard let file = files[path] else { continue }
        guard let size = file.size, size <= maximumBytes else {
          throw IntegrationError(.invalid, "\(path) has more than \(maximumBytes) bytes")
        }
        let content = try await git.output(
          GitCommand("cat-file", "blob", file.hash, repository: repository),
          outputBytes: maximumBytes)
        return SourceFile(path: path, content: content)
      }
      return nil
    }
  }

  public func existing(
    _ paths: [String], commit: String, repositoryURL: String
  ) async throws(IntegrationError) -> Set<String> {
    try await read(commit, repositoryURL) { repository throws(IntegrationError) in
      Set(try await files(paths, commit, repository).keys)
    }
  }

  public func commits(
    _ hashes: [String], repositoryURL: String
  ) async throws(IntegrationError) -> [String: CommitInfo] {
    let url = try url(repositoryURL)
    let wanted = Array(Set(hashes.filter { $0.utf8.count == 40 && GitHash.isFull($0) })).sorted()
    if wanted.isEmpty { return [:] }
    let cache = SourceCache(git, url)
    return try await cache.withTurn { () throws(IntegrationError) in
      let places = try await cache.obtain(wanted, .message)
      var infos: [String: CommitInfo] = [:]
      for (repository, hashes) in Dictionary(grouping: places.keys, by: { places[$0] ?? "" }) {
        let output = try await git.output(
          GitCommand("cat-file", "--batch", repository: repository),
          input: Array(hashes.map { "\($0)\n" }.joined().utf8), outputBytes: Self.maximumMessages)
        for info in CommitObject.all(in: output) { infos[info.hash] = info }
      }
      return infos
    }
  }

  // MARK: Revisions

  private func head(of branch: String, _ url: RepositoryURL) async throws(IntegrationError)
    -> String
  {
    do {
      try BranchName.check(branch)
    } catch {
      throw IntegrationError(.invalid, "the branch \(error.description)")
    }
    let reference = "refs/heads/\(branch)"
    let output = try await git.output(
      GitCommand(
        "ls-remote", "--quiet", "--refs", operands: [url.text, reference], reach: .source))
    // A pattern finds the ends of longer names, too.
    for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: "\t")
      if words.count == 2, words[1] == reference, GitHash.isFull(words[0]) {
        return String(words[0])
      }
    }
    throw IntegrationError(.notFound, "the Git repository has no such branch")
  }

  private func commit(_ text: String, _ url: RepositoryURL) async throws(IntegrationError) -> String
  {
    guard GitHash.isPrefix(text) else {
      throw IntegrationError(.invalid, "a commit is named by at least 7 hexadecimal digits")
    }
    let cache = SourceCache(git, url)
    return try await cache.withTurn { () throws(IntegrationError) in
      if text.utf8.count < 40 { return try await cache.expand(text) }
      if text.utf8.count == 40, try await cache.obtain([text], .message)[text] != nil {
        return text
      }
      throw Self.noCommit
    }
  }

  // MARK: Files

  /// A file of a commit.
  private struct Entry: Sendable {
    var hash: String
    /// Nil for one so large that it was not brought here.
    var size: Int?
  }

  private func read<T>(
    _ commit: String, _ repositoryURL: String,
    _ body: (_ repository: String) async throws(IntegrationError) -> T
  ) async throws(IntegrationError) -> T {
    let url = try url(repositoryURL)
    guard commit.utf8.count == 40, GitHash.isFull(commit) else { throw Self.noCommit }
    let cache = SourceCache(git, url)
    return try await cache.withTurn { () throws(IntegrationError) in
      guard let repository = try await cache.obtain([commit], .files)[commit] else {
        throw Self.noCommit
      }
      return try await body(repository)
    }
  }

  /// Those of the paths that are files: links, folders and submodules are none.
  private func files(
    _ paths: [String], _ commit: String, _ repository: String
  ) async throws(IntegrationError) -> [String: Entry] {
    let sound = paths.filter { path in
      // By bytes, as git has it.
      let segments = path.utf8.split(
        separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      return segments.first?.isEmpty == false && !path.utf8.contains(0)
        && !segments.contains { $0.elementsEqual("..".utf8) }
    }
    if sound.isEmpty { return [:] }
    let output = try await git.output(
      GitCommand("ls-tree", "-lz", "--full-tree", commit, operands: sound, repository: repository))
    var files: [String: Entry] = [:]
    for line in output.split(separator: 0) {
      // <mode> <type> <hash> <size> TAB <path>
      let text = String(decoding: line, as: UTF8.self)
      guard let tab = text.firstIndex(of: "\t") else { continue }
      let words = text[..<tab].split(separator: " ")
      guard words.count == 4, words[0].hasPrefix("100"), words[1] == "blob" else { continue }
      files[String(text[text.index(after: tab)...])] = Entry(
        hash: String(words[2]), size: Int(words[3]))
    }
    return files.filter { sound.contains($0.key) }
  }

  private func url(_ text: String) throws(IntegrationError) -> RepositoryURL {
    try RepositoryURL(text, allowsFiles: git.settings.allowsFiles)
  }

  private static let noCommit = IntegrationError(
    .notFound, "the Git repository has no such commit")
}
