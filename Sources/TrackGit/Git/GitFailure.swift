import EventLoop
import TrackDomain

/// What git's failures mean. What git wrote is looked at and never handed on: it has paths, URLs and
/// what servers say.
enum GitFailure {
  /// Of a command that ended without success.
  static func error(_ output: ChildOutput) -> IntegrationError {
    error(writing: output.error)
  }

  static func error(_ error: any Error) -> IntegrationError {
    switch error {
    case let error as IntegrationError: error
    case ChildProcessError.timedOut:
      IntegrationError(.unavailable, "the Git repository took too long to answer")
    case ChildProcessError.outputTooLarge:
      IntegrationError(.invalid, "the Git repository's answer is too large")
    case ChildProcessError.ended(let text): self.error(writing: text)
    case ChildProcessError.cancelled, is CancellationError:
      IntegrationError(.unavailable, "cancelled")
    default: IntegrationError(.unavailable, "the server cannot run git")
    }
  }

  /// By what git writes in the C locale, the first that is found.
  private static func error(writing bytes: [UInt8]) -> IntegrationError {
    let text = String(decoding: bytes, as: UTF8.self).lowercased()
    for rule in rules where rule.signs.contains(where: { text.contains($0) }) {
      return IntegrationError(rule.kind, rule.message)
    }
    return unknown
  }

  /// What git wrote says nothing.
  static let unknown = IntegrationError(.unavailable, "git failed")

  private static let rules: [(kind: IntegrationError.Kind, message: String, signs: [String])] = [
    (
      .notFound, "the Git repository has no such commit or branch",
      ["not our ref", "couldn't find remote ref", "no such remote ref", "unadvertised object"]
    ),
    (
      .invalid, "the Git repository is too large",
      ["file too large", "signal 25", "died of signal 25"]
    ),
    (
      .invalid, "the Git repository's protocol is not allowed",
      ["' not allowed", "unable to find remote helper"]
    ),
    (
      .invalid, "the Git repository's object format is not supported",
      ["mismatched algorithms", "mismatched object format", "unknown object format"]
    ),
    (
      .accessDenied, "the Git repository does not let the server in",
      [
        "authentication failed", "could not read username", "could not read password",
        "permission denied", "returned error: 401", "returned error: 403", "access denied",
        "host key verification failed", "terminal prompts disabled", "dubious ownership",
      ]
    ),
    (
      .notFound, "there is no such Git repository",
      [
        "does not appear to be a git repository", "not a git repository", "does not exist",
        "returned error: 404", "repository not found", "' not found",
      ]
    ),
    (
      .unavailable, "the Git repository cannot be reached",
      [
        "could not resolve host", "connection refused", "connection timed out", "unable to access",
        "early eof", "hung up unexpectedly", "could not read from remote repository",
        "connection reset", "network is unreachable",
      ]
    ),
  ]
}
