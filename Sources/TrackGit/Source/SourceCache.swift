import EventLoop
import TrackDomain

/// What is here of a component's repository: single commits, and the history where it is needed.
///
/// Commits are brought one by one. A server that hands out no single commits is asked for all
/// branches. To be used in `withTurn`.
struct SourceCache: Sendable {
  private let commits: SourceCopy
  private let history: SourceCopy

  /// How many unknown commits are found out one by one.
  private static let maximumUnknown = 8

  init(_ git: Git, _ url: RepositoryURL) {
    commits = SourceCopy(git: git, url: url, cache: git.cache("source-\(url.key)"))
    history = SourceCopy(git: git, url: url, cache: git.cache("history-\(url.key)"))
  }

  /// Runs `body` in the turn of the repository, and once more upon new copies if these are damaged.
  func withTurn<T>(
    _ body: () async throws(IntegrationError) -> T
  ) async throws(IntegrationError) -> T {
    try await commits.cache.gate.withTurn { () throws(IntegrationError) in
      do throws(IntegrationError) {
        return try await body()
      } catch  where error == GitFailure.unknown {
        commits.cache.remove()
        await history.cache.gate.withTurn { history.cache.remove() }
        return try await body()
      }
    }
  }

  /// Brings commits here that are not here yet.
  ///
  /// - Returns: for each that there is, the directory of the repository that has it.
  func obtain(
    _ hashes: [String], _ depth: SourceDepth
  ) async throws(IntegrationError) -> [String: String] {
    try await commits.prepare()
    var here = try await commits.present(hashes, depth)
    var missing = hashes.filter { !here.contains($0) }
    // A server names the first commit that it does not have.
    var tries = Self.maximumUnknown
    while !missing.isEmpty, tries > 0 {
      tries -= 1
      switch try await commits.fetch(missing, depth) {
      case .done:
        here.formUnion(missing)
        missing = []
      case .unknown(let hash): missing.removeAll { $0 == hash }
      case .notAllowed: tries = 0
      }
    }
    let found = Dictionary(uniqueKeysWithValues: here.map { ($0, commits.cache.path) })
    if missing.isEmpty { return found }
    return found.merging(try await obtainFromHistory(missing, depth)) { first, _ in first }
  }

  /// The commit that a hash begins like.
  func expand(_ prefix: String) async throws(IntegrationError) -> String {
    try await history.cache.gate.withTurn { () throws(IntegrationError) in
      try await history.prepare()
      try await history.fetchBranches(.message)
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
  ) async throws(IntegrationError) -> [String: String] {
    try await history.cache.gate.withTurn { () throws(IntegrationError) in
      try await history.prepare()
      var here = try await history.present(hashes, depth)
      if here.count < hashes.count {
        try await history.fetchBranches(depth)
        here = try await history.present(hashes, depth)
      }
      return Dictionary(uniqueKeysWithValues: here.map { ($0, history.cache.path) })
    }
  }
}
