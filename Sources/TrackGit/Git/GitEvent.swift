public import TrackDomain

/// What an operator may want to know of trackd's work with git.
public enum GitEvent: Sendable, Hashable {
  /// A command failed.
  ///
  /// - Parameters:
  ///   - command: git's subcommand.
  ///   - host: whom it spoke to; empty for nobody.
  ///   - error: what callers are told.
  ///   - words: the last of what git, ssh and the remote wrote: no control characters, no
  ///     credentials.
  case failed(command: String, host: String, error: IntegrationError, words: String)
  /// A deployment overwrote a manifest that somebody had changed by hand.
  case overwrote(path: String, branch: String, repository: String)
  /// A host did not answer, and is left alone for so long.
  case paused(host: String, Duration)
}
