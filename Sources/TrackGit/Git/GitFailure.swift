import EventLoop
import TrackDomain

/// Turns failures of git into errors. Callers get a sentence of trackd's and the remote's own
/// words. The output of git and ssh, with paths and URLs of the server, goes to the log only.
enum GitFailure {
  /// The error of a command that failed.
  static func error(_ output: ChildOutput) -> IntegrationError {
    error(writing: output.error)
  }

  static func error(_ error: any Error) -> IntegrationError {
    switch error {
    case let error as IntegrationError: error
    case let error as GitRouter.Refused:
      IntegrationError(.refused, "the Git repository's host \(error.refusal)")
    case is GitRouter.Unknown:
      IntegrationError(.unavailable, "the Git repository cannot be reached: its host is not known")
    case ChildProcessError.timedOut:
      IntegrationError(.unavailable, "the Git repository took too long to answer")
    case ChildProcessError.outputTooLarge:
      IntegrationError(.invalid, "the Git repository's answer is too large")
    case ChildProcessError.ended(let text): self.error(writing: text)
    case ChildProcessError.cancelled, is CancellationError: .cancelled
    case let error where isShortage(error):
      IntegrationError(
        .unavailable, "the server has no room for one more process of git",
        retryAfter: .seconds(2))
    default: IntegrationError(.unavailable, "the server cannot run git")
    }
  }

  /// What an operator should know about an error, and callers should not.
  static func words(_ error: any Error) -> String {
    switch error {
    case let error as GitRouter.Refused: error.address.map { "the host has address \($0)" } ?? ""
    case let error as GitRouter.Unknown: error.reason
    default: ""
    }
  }

  /// ssh would have to believe any key.
  static let noKnownHosts = IntegrationError(
    .refused,
    "the server uses no Git repositories over ssh: it knows no hosts' keys (--git-known-hosts)")

  /// Whether this machine lacks descriptors, processes or memory.
  static func isShortage(_ error: any Error) -> Bool {
    let system: SystemError? =
      switch error {
      case ChildProcessError.system(let error): error
      case let error as SystemError: error
      default: nil
      }
    return system?.isShortage == true
  }

  /// git's output does not tell the reason.
  static let unknown = IntegrationError(.unavailable, "git failed")

  /// Whether a new copy of the repository may work, after this error in the old one.
  static func isOfCopy(_ error: IntegrationError) -> Bool {
    error == unknown || error.kind == .locked || error.kind == .damaged
  }

  /// The error of the first rule that matches git's output in the C locale.
  private static func error(writing bytes: [UInt8]) -> IntegrationError {
    // Without a usable key, ssh also complains about the dummy key that keeps it from trying
    // others.
    let text = String(decoding: bytes, as: UTF8.self).lowercased()
      .split(whereSeparator: \.isNewline)
      .filter { !$0.contains("\"/dev/null\"") }.joined(separator: "\n")
    let remote = GitWords(bytes).remote
    if let trouble = GitTrouble(bytes) { return trouble.error }
    for rule in rules where rule.signs.contains(where: { text.contains($0) }) {
      return IntegrationError(rule.kind, sentence(rule.message, remote))
    }
    if remote.isEmpty { return unknown }
    return IntegrationError(.unavailable, sentence("the Git repository's server failed", remote))
  }

  /// The remote uses another object format than the local copy.
  static let otherFormat = IntegrationError(
    .invalid, "the Git repository's object format is another than its copy's")

  /// Whether the object formats differ: client and server say so, or the client does not understand
  /// how a server with SHA-1 announces an empty repository.
  static func isOtherFormat(_ output: ChildOutput) -> Bool {
    let text = String(decoding: output.error, as: UTF8.self).lowercased()
    return !output.isSuccess
      && [
        "mismatched algorithms", "does not support this repository's object format",
        "does not support this repository's hash algorithm", "unexpected capabilities^{}",
      ].contains { text.contains($0) }
  }

  /// Whether the host could not even be reached. An error message of the host itself does not
  /// count.
  static func isUnreachable(_ output: ChildOutput) -> Bool {
    String(decoding: output.error, as: UTF8.self).lowercased()
      .split(whereSeparator: \.isNewline)
      .contains { line in
        !line.hasPrefix("remote:") && unreachable.contains { line.contains($0) }
      }
  }

  /// Whether a failure is expected in normal work, so that it is not logged.
  static func isOrdinary(_ output: ChildOutput) -> Bool {
    error(output).kind == .notFound || GitPushAnswer(output.output) == .conflict
      || isOtherFormat(output)
  }

  /// A command that was cancelled, or did not reach its host, after this time shows that the host
  /// does not answer.
  private static let patience = Duration.seconds(4)

  /// What the end of a command shows about its host.
  static func contact(
    _ result: Result<ChildOutput, any Error>, took: Duration
  ) -> GitTraffic.Contact {
    switch result {
    case .success(let output) where output.isSuccess: .answered
    case .success(let output) where isUnreachable(output): took >= patience ? .silent : .unknown
    case .success, .failure(ChildProcessError.outputTooLarge): .answered
    case .failure(ChildProcessError.timedOut): .silent
    case .failure(ChildProcessError.cancelled), .failure(is CancellationError),
      .failure(is GitRouter.Unknown):
      took >= patience ? .silent : .unknown
    case .failure: .unknown
    }
  }

  static func sentence(_ ours: String, _ theirs: String) -> String {
    theirs.isEmpty ? ours : "\(ours): \(theirs)"
  }

  private static let unreachable = [
    "could not resolve host", "connection refused", "connection timed out", "timed out",
    "network is unreachable", "no route to host", "failed to connect", "couldn't connect",
  ]

  private typealias Rule = (kind: IntegrationError.Kind, message: String, signs: [String])

  private static let rules: [Rule] = repositories + doors + places

  /// Errors about the repository or the revision.
  private static let repositories: [Rule] = [
    (
      .notFound, "the Git repository has no such commit or branch",
      [
        "not our ref", "couldn't find remote ref", "no such remote ref", "unadvertised object",
        "no matching remote head",
      ]
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
  ]

  /// Errors about access: keys, certificates, passwords.
  private static let doors: [Rule] = [
    (
      .accessDenied,
      "the Git host's ssh key has changed: if that is right, the server's operator has to change the "
        + "host's line in the file of --git-known-hosts",
      ["remote host identification has changed", "has changed and you have requested"]
    ),
    (
      .accessDenied,
      "the server does not know the Git host's ssh key: its operator has to add it to the file of "
        + "--git-known-hosts",
      ["host key is known for"]
    ),
    (
      .accessDenied, "ssh does not use the server's key: others can read the file",
      ["unprotected private key file", "bad permissions", "are too open"]
    ),
    (
      .accessDenied, "ssh cannot use the server's key: it is damaged, or has a passphrase",
      ["invalid format", "error in libcrypto", "incorrect passphrase", "bad passphrase"]
    ),
    (
      .accessDenied, "ssh cannot read the server's key",
      ["load key \"", "identity file"]
    ),
    (
      .refused, "the Git host's certificate is not one to believe",
      [
        "certificate verification failed", "ssl certificate problem", "certificate subject name",
        "no alternative certificate subject name",
      ]
    ),
    (
      .accessDenied, "the Git repository does not let the server in",
      [
        "authentication failed", "could not read username", "could not read password",
        "permission denied", "returned error: 401", "returned error: 403", "access denied",
        "host key verification failed", "terminal prompts disabled", "dubious ownership",
      ]
    ),
  ]

  /// Errors about reaching the host.
  private static let places: [Rule] = [
    (
      .notFound, "there is no such Git repository",
      [
        "does not appear to be a git repository", "not a git repository", "does not exist",
        "returned error: 404", "repository not found", "' not found",
      ]
    ),
    (
      .unavailable, "the Git repository cannot be reached",
      unreachable + [
        "unable to access", "early eof", "hung up unexpectedly",
        "could not read from remote repository", "connection reset", "connection closed",
      ]
    ),
  ]
}
