import EventLoop
public import TrackDomain

/// The Git repositories of components, through local copies. Thread-safe; one fetch at a time for
/// each repository.
public struct GitSourceRepository: SourceRepository {
  private let git: Git

  /// The most bytes of all messages of one call.
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
    try await read(commit, repositoryURL) { copy throws(IntegrationError) in
      let found = try await SourceTree(copy: copy, commit: commit).find(paths)
      for path in paths {
        guard let hash = try Self.file(path, found[path]) else { continue }
        if try await copy.objects([hash])[0] == nil {
          try await copy.fetchFiles([hash], of: commit)
        }
        guard let size = try await copy.objects([hash])[0]?.size, size <= maximumBytes else {
          throw IntegrationError(.invalid, "\(path) has more than \(maximumBytes) bytes")
        }
        let content = try await git.output(
          GitCommand("cat-file", "blob", hash, repository: copy.cache.path),
          outputBytes: maximumBytes)
        return SourceFile(path: path, content: content)
      }
      return nil
    }
  }

  public func existing(
    _ paths: [String], commit: String, repositoryURL: String
  ) async throws(IntegrationError) -> [String: SourcePresence] {
    try await read(commit, repositoryURL) { copy throws(IntegrationError) in
      try await SourceTree(copy: copy, commit: commit).find(paths).mapValues { found in
        switch found {
        case .file: .file
        case .deadLink(let words): .deadLink(words)
        }
      }
    }
  }

  public func commits(
    _ hashes: [String], repositoryURL: String
  ) async throws(IntegrationError) -> [String: CommitInfo] {
    let url = try url(repositoryURL)
    var all: [String: CommitInfo] = [:]
    for (format, hashes) in Self.byFormat(Set(hashes), \.self) {
      let infos = try await commits(hashes.sorted(), SourceCache(git, url, format))
      all.merge(infos) { first, _ in first }
    }
    return all
  }

  private func commits(
    _ hashes: [String], _ cache: SourceCache
  ) async throws(IntegrationError) -> [String: CommitInfo] {
    try await cache.withCommits(hashes, .message) { places throws(IntegrationError) in
      var infos: [String: CommitInfo] = [:]
      for hashes in Dictionary(grouping: places.keys, by: { places[$0]?.cache.path }).values {
        guard let copy = places[hashes[0]] else { continue }
        let output = try await git.output(
          GitCommand("cat-file", "--batch", repository: copy.cache.path),
          input: Array(hashes.map { "\($0)\n" }.joined().utf8), outputBytes: Self.maximumMessages)
        for info in CommitObject.all(in: output) { infos[info.hash] = info }
      }
      return infos
    }
  }

  public func ancestries(
    of pairs: Set<CommitPair>, repositoryURL: String
  ) async throws(IntegrationError) -> [CommitPair: Ancestry] {
    let url = try url(repositoryURL)
    let sound = pairs.filter { GitObjectFormat(of: $0.commit) == GitObjectFormat(of: $0.other) }
    var all: [CommitPair: Ancestry] = [:]
    for (format, pairs) in Self.byFormat(sound, \.commit) {
      let ancestries = try await SourceHistory(git, url, format).ancestries(of: Set(pairs))
      all.merge(ancestries) { first, _ in first }
    }
    return all
  }

  /// Leaves out questions whose hash is malformed.
  private static func byFormat<Question: Hashable>(
    _ questions: Set<Question>, _ hash: (Question) -> String
  ) -> [GitObjectFormat: [Question]] {
    Dictionary(grouping: questions.filter { GitHash.isFull(hash($0)) }) { question in
      GitObjectFormat(of: hash(question)) ?? .sha1
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
        "ls-remote", "--quiet", "--refs", operands: [url.text, reference], reach: .source(url)))
    // The pattern also matches the ends of longer names.
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
    guard let format = GitObjectFormat(of: text) else { return try await expand(text, url) }
    let cache = SourceCache(git, url, format)
    return try await cache.withCommits([text], .message) { places throws(IntegrationError) in
      if places[text] != nil { return text }
      if let words = try await cache.otherObject(text) {
        throw IntegrationError(.notACommit, words)
      }
      throw Self.noCommit
    }
  }

  private func expand(
    _ prefix: String, _ url: RepositoryURL
  ) async throws(IntegrationError) -> String {
    for format in GitObjectFormat.allCases {
      if let hash = try await SourceCache(git, url, format).expand(prefix) { return hash }
    }
    throw Self.noCommit
  }

  // MARK: Files

  private func read<T>(
    _ commit: String, _ repositoryURL: String,
    _ body: (SourceCopy) async throws(IntegrationError) -> T
  ) async throws(IntegrationError) -> T {
    let url = try url(repositoryURL)
    guard let format = GitObjectFormat(of: commit) else { throw Self.noCommit }
    return try await SourceCache(git, url, format).withCommits([commit], .names) {
      places throws(IntegrationError) in
      guard let copy = places[commit] else { throw Self.noCommit }
      return try await body(copy)
    }
  }

  /// The hash of the file that was found; nil for none.
  private static func file(
    _ path: String, _ found: SourceTree.Found?
  ) throws(IntegrationError) -> String? {
    switch found {
    case .file(let hash): return hash
    case .deadLink(let words):
      throw IntegrationError(.invalid, "\(path) is a symbolic link that \(words)")
    case nil: return nil
    }
  }

  private func url(_ text: String) throws(IntegrationError) -> RepositoryURL {
    try RepositoryURL(text, allowsFiles: git.settings.allowsFiles)
  }

  private static let noCommit = IntegrationError(
    .notFound, "the Git repository has no such commit")
}
