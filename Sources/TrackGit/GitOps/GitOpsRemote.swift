import EventLoop
import TrackDomain

/// The other end of a GitOps repository that is elsewhere.
struct GitOpsRemote: Sendable {
  let git: Git
  let url: RepositoryURL
  /// The copy's directory.
  let repository: String

  /// What became of a push.
  enum Push: Sendable, Hashable {
    case done
    /// The branch was not where it was expected to be; nothing was pushed.
    case conflict
    /// The connection broke: nobody knows.
    case unknown
  }

  /// Where the branch's last known place is kept.
  static func reference(_ branch: String) -> String { "refs/trackd/remote/\(branch)" }

  /// Brings the branch here. False if the repository has no such branch.
  ///
  /// - Parameter isFirst: the copy has nothing of it yet; the history is left where it is.
  func fetch(_ branch: String, isFirst: Bool) async throws(IntegrationError) -> Bool {
    var command = GitCommand(
      "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
      operands: [url.text, "+refs/heads/\(branch):\(Self.reference(branch))"],
      repository: repository, reach: .gitops)
    if isFirst { command.words.append("--depth=1") }
    let result = try await git.run(command)
    if result.isSuccess { return true }
    let error = String(decoding: result.error, as: UTF8.self)
    if error.contains("couldn't find remote ref") { return false }
    try await git.blocking { [repository] in GitLeftovers.remove(from: repository) }
    throw GitFailure.error(result)
  }

  /// Moves the branch from `old` to `new`; nil for one that must not exist yet.
  func push(_ branch: String, from old: String?, to new: String) async throws(IntegrationError)
    -> Push
  {
    let command = GitCommand(
      "push", "--porcelain", "--quiet", "--no-verify",
      "--force-with-lease=refs/heads/\(branch):\(old ?? "")",
      operands: [url.text, "\(new):refs/heads/\(branch)"], repository: repository,
      reach: .gitops)
    let result: ChildOutput
    do {
      result = try await git.run(command)
    } catch  where error.kind == .unavailable {
      return .unknown
    }
    if result.isSuccess { return .done }
    if let rejection = Self.rejection(result.output) {
      guard Self.isConflict(rejection) else {
        throw IntegrationError(.refused, "the GitOps repository refuses to move its branch")
      }
      return .conflict
    }
    let error = GitFailure.error(result)
    guard error.kind == .unavailable else { throw error }
    return .unknown
  }

  /// What a line `!` TAB references TAB reason says of our branch; nil without one.
  private static func rejection(_ output: [UInt8]) -> String? {
    String(decoding: output, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("!") }
      .map { $0.lowercased() }
  }

  /// What git, servers of git and hosting sites say when somebody else was there first.
  private static func isConflict(_ line: String) -> Bool {
    [
      "stale info", "fetch first", "non-fast-forward", "failed to update ref", "cannot lock ref",
      "failed to lock", "incorrect old value", "needs force", "reference already exists",
    ].contains { line.contains($0) }
  }
}
