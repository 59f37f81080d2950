public import TrackDomain

/// Events of trackd's work with git, for operators.
public enum GitEvent: Sendable, Hashable {
  /// A command failed.
  ///
  /// - Parameters:
  ///   - command: git's subcommand.
  ///   - host: the host that it spoke to; empty for none.
  ///   - error: the error that callers get.
  ///   - words: the end of what git, ssh and the remote wrote: no control characters, no
  ///     credentials.
  case failed(command: String, host: String, error: IntegrationError, words: String)
  /// A deployment overwrote a manifest that was edited by hand.
  case overwrote(path: String, branch: String, repository: String)
  /// A host did not answer: no command speaks to it for this long.
  case paused(host: String, Duration)
}
