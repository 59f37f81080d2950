import EventLoop
import TrackDomain

/// The local part of a component's repository: single commits, and the history where it is needed.
///
/// Fetches commits one by one. If the server does not serve single commits, fetches all branches.
struct SourceCache: Sendable {
  private let commits: SourceCopy
  private let history: SourceCopy

  /// - Parameter format: of the hashes to look for. A repository of the other format has none of
  ///   them.
  init(_ git: Git, _ url: RepositoryURL, _ format: GitObjectFormat) {
    commits = SourceCopy(git: git, url: url, cache: git.cache("source-\(url.key)", format))
    history = SourceCopy(git: git, url: url, cache: git.cache("history-\(url.key)", format))
  }

  /// Fetches missing commits, and runs `body` in the turn of the repository.
  ///
  /// - Parameter body: gets, for each commit that exists, the copy that has it. It runs once more
  ///   with new copies when the first ones are damaged.
  func withCommits<T>(
    _ hashes: [String], _ depth: SourceDepth,
    _ body: (_ places: [String: SourceCopy]) async throws(IntegrationError) -> T
  ) async throws(IntegrationError) -> T {
    try await commits.withTurn { () throws(IntegrationError) in
      try await commits.prepare()
      var here = try await commits.present(hashes, depth)
      let brought = try await commits.fetchKnown(
        hashes.filter { !here.contains($0) }, depth, isAlone: true)
      here.formUnion(try await commits.present(brought.sorted(), depth))
      try await commits.checkNoCommits(brought.subtracting(here))
      let found = Dictionary(uniqueKeysWithValues: here.map { ($0, commits) })
      let missing = hashes.filter { !here.contains($0) && !brought.contains($0) }
      if missing.isEmpty { return try await body(found) }
      return try await history.withTurn { () throws(IntegrationError) in
        let more = try await obtainFromHistory(missing, depth)
        return try await body(found.merging(more) { first, _ in first })
      }
    }
  }

  /// The type of the object that has the hash instead of a commit, as words that follow the hash;
  /// nil for none. Within the `body` of `withCommits`, which has fetched it.
  func otherObject(_ hash: String) async throws(IntegrationError) -> String? {
    let objects = try await commits.objects([hash, hash + "^{commit}"])
    switch objects[0]?.type {
    case "tag":
      guard let commit = objects[1]?.hash else { return "is an annotated tag, and of no commit" }
      return "is an annotated tag: name the commit that it is of, \(commit)"
    case "tree": return "is a folder of the repository, and no commit"
    case "blob": return "is a file of the repository, and no commit"
    default: return nil
    }
  }

  /// The commit that begins with `prefix`; nil when the repository is of the other object format.
  func expand(_ prefix: String) async throws(IntegrationError) -> String? {
    try await history.withTurn { () throws(IntegrationError) in
      try await history.prepare()
      guard try await history.fetchBranches(.message) else { return nil }
      let result = try await history.git.run(
        GitCommand(
          "rev-parse", "--verify", "--quiet", "--end-of-options", "\(prefix)^{commit}",
          repository: history.cache.path))
      let hash = String(decoding: result.output, as: UTF8.self).filter { $0 != "\n" }
      guard result.isSuccess, GitHash.isFull(hash) else {
        throw IntegrationError(.notFound, "the Git repository has no such commit, or several")
      }
      return hash
    }
  }

  private func obtainFromHistory(
    _ hashes: [String], _ depth: SourceDepth
  ) async throws(IntegrationError) -> [String: SourceCopy] {
    try await history.prepare()
    var here = try await history.present(hashes, depth)
    if here.count < hashes.count {
      try await history.fetchBranches(depth)
      here = try await history.present(hashes, depth)
    }
    return Dictionary(uniqueKeysWithValues: here.map { ($0, history) })
  }
}
