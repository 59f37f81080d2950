import TrackDomain

/// Why a branch was not moved although the commits are sound.
enum GitOpsConflict: Sendable, Hashable {
  /// The branch was not at the expected commit, as far as git's words tell.
  case moved(String)
  /// The branch is locked, for a moment or for good.
  case locked(IntegrationError)

  /// - Parameter words: the output of git, or of the remote.
  /// - Throws: `.damaged` when the repository is damaged and accepts no commit.
  init(_ words: [UInt8]) throws(IntegrationError) {
    switch GitTrouble(words) {
    case let trouble? where trouble.kind == .damage: throw trouble.error
    case let trouble?: self = .locked(trouble.error)
    case nil: self = .moved(GitWords(words).all)
    }
  }

  /// The error after many attempts without success.
  ///
  /// - Parameter hasMoved: whether the attempts found the branch at different commits.
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
