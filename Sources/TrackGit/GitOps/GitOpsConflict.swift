import TrackDomain

/// Why a branch was not moved, although nothing is wrong with the commits.
enum GitOpsConflict: Sendable, Hashable {
  /// It was not where it was expected to be, as far as anybody can tell. In git's words.
  case moved(String)
  /// Somebody has a lock there, for the moment or for good.
  case locked(IntegrationError)

  /// - Parameter words: what git, or the other end, wrote.
  /// - Throws: `.damaged` when the repository is: it takes no commit.
  init(_ words: [UInt8]) throws(IntegrationError) {
    switch GitTrouble(words) {
    case let trouble? where trouble.kind == .damage: throw trouble.error
    case let trouble?: self = .locked(trouble.error)
    case nil: self = .moved(GitWords(words).all)
    }
  }

  /// What is told when nothing else came of many attempts.
  ///
  /// - Parameter hasMoved: whether the branch was elsewhere each time.
  func error(branch: String, hasMoved: Bool) -> IntegrationError {
    switch self {
    case .locked(let error): error
    case .moved where hasMoved:
      IntegrationError(
        .unavailable,
        "others move the GitOps branch '\(branch)' faster than commits can be made upon it")
    case .moved(let words):
      IntegrationError(
        .unavailable,
        GitFailure.sentence(
          "git does not move the GitOps branch '\(branch)', which is where it was expected", words))
    }
  }
}
