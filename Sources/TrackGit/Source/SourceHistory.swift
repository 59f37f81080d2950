import EventLoop
import TrackDomain

/// The history of a component's repository, without files where the server supports that. It has
/// turns of its own: a long history does not delay the reading of files.
struct SourceHistory: Sendable {
  private let copy: SourceCopy

  init(_ git: Git, _ url: RepositoryURL, _ format: GitObjectFormat) {
    copy = SourceCopy(git: git, url: url, cache: git.cache("history-\(url.key)", format))
  }

  /// How the commits of each pair relate; pairs with an unknown commit are left out.
  func ancestries(
    of pairs: Set<CommitPair>
  ) async throws(IntegrationError) -> [CommitPair: Ancestry] {
    try await copy.withTurn { () throws(IntegrationError) in
      try await copy.prepare()
      let here = try await obtain(Set(pairs.flatMap { [$0.commit, $0.other] }).sorted())
      var ancestries: [CommitPair: Ancestry] = [:]
      for pair in pairs where here.contains(pair.commit) && here.contains(pair.other) {
        ancestries[pair] = try await ancestry(of: pair)
      }
      return ancestries
    }
  }

  /// Fetches commits with their history; most are in the history of a branch.
  private func obtain(_ hashes: [String]) async throws(IntegrationError) -> Set<String> {
    var here = try await copy.present(hashes, .message)
    if here.count == hashes.count { return here }
    try await copy.fetchBranches(.message)
    here = try await copy.present(hashes, .message)
    let missing = hashes.filter { !here.contains($0) }
    let brought = try await copy.fetchKnown(missing, .message, isAlone: false)
    return here.union(try await copy.present(brought.sorted(), .message))
  }

  /// git-merge-base(1): the best common ancestor of a commit and one in its history is the latter.
  /// Without a common ancestor it fails with status 1.
  private func ancestry(of pair: CommitPair) async throws(IntegrationError) -> Ancestry {
    let result = try await copy.git.run(
      GitCommand("merge-base", pair.commit, pair.other, repository: copy.cache.path))
    if result.status == .exited(1), result.output.isEmpty { return .diverged }
    guard result.isSuccess else { throw GitFailure.error(result) }
    switch String(decoding: result.output, as: UTF8.self).filter({ $0 != "\n" }) {
    case pair.commit: return .ancestor
    case pair.other: return .descendant
    default: return .diverged
    }
  }
}
