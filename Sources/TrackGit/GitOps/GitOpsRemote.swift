import EventLoop
import TrackDomain

/// The remote of a GitOps repository that is on another machine.
struct GitOpsRemote: Sendable {
  let git: Git
  let url: RepositoryURL
  /// The copy's directory.
  let repository: String

  /// How a push ended.
  enum Push: Sendable, Hashable {
    case done
    /// The branch was not at the expected commit, or is locked; nothing was pushed.
    case conflict(GitOpsConflict)
    /// The remote refuses the commits, or one of them; nothing was pushed.
    case refused(IntegrationError)
    /// The connection broke: whether the push arrived is unknown.
    case unknown(IntegrationError)
  }

  /// The local reference for the branch's last known commit.
  static func reference(_ branch: String) -> String { "refs/trackd/remote/\(branch)" }

  /// Fetches the branch. False if the repository has no such branch.
  ///
  /// - Parameter isFirst: the copy has nothing of the branch yet; then the history is not fetched.
  func fetch(_ branch: String, isFirst: Bool) async throws(IntegrationError) -> Bool {
    var command = GitCommand(
      "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
      operands: [url.text, "+refs/heads/\(branch):\(Self.reference(branch))"],
      repository: repository, reach: .gitops(url))
    if isFirst { command.words.append("--depth=1") }
    let result = try await git.run(command)
    if result.isSuccess { return true }
    let error = String(decoding: result.error, as: UTF8.self)
    if error.contains("couldn't find remote ref") { return false }
    if error.contains("not our ref") {
      throw IntegrationError(
        .damaged, "the commit that branch '\(branch)' names is not there, or cannot be read")
    }
    if GitFailure.isOtherFormat(result) { throw GitFailure.otherFormat }
    try await git.blocking(below: repository) { [repository] in
      GitLeftovers.remove(from: repository)
    }
    throw GitFailure.error(result)
  }

  /// Fetches the branch's history from that time on, if the copy has its end only. Where the remote
  /// cannot tell it, because there is nothing that new or because it does not know such questions,
  /// the copy stays as it is.
  ///
  /// - Parameter seconds: since 1970.
  func deepen(_ branch: String, since seconds: Int64) async throws(IntegrationError) {
    let answer = try await git.run(
      GitCommand("rev-parse", "--is-shallow-repository", repository: repository))
    guard answer.output.starts(with: Array("true".utf8)) else { return }
    let result = try await git.run(
      GitCommand(
        "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
        "--shallow-since=@\(seconds)",
        operands: [url.text, "+refs/heads/\(branch):\(Self.reference(branch))"],
        repository: repository, reach: .gitops(url)))
    if result.isSuccess { return }
    let words = String(decoding: result.error, as: UTF8.self)
    // git-upload-pack(1) says so where there is nothing that new.
    if words.contains("shallow") || words.contains("no commits selected") { return }
    let error = GitFailure.error(result)
    if error.isTemporary { throw error }
  }

  /// Moves the branch from `old` to `new`; `old` is nil for a branch that must not exist yet.
  ///
  /// - Throws: when nothing was pushed, for a reason other than the commits.
  func push(
    _ branch: String, from old: String?, to new: String
  ) async throws(IntegrationError) -> Push {
    let command = GitCommand(
      "push", "--porcelain", "--quiet", "--no-verify",
      "--force-with-lease=refs/heads/\(branch):\(old ?? "")",
      operands: [url.text, "\(new):refs/heads/\(branch)"], repository: repository,
      reach: .gitops(url))
    let result: ChildOutput
    do {
      result = try await git.run(command)
    } catch  where error.isTemporary && error.retryAfter == nil {
      return .unknown(error)
    }
    if result.isSuccess { return .done }
    if GitFailure.isOtherFormat(result) { throw GitFailure.otherFormat }
    switch GitPushAnswer(result.output) {
    case .conflict: return try Self.conflict(result)
    case .refused(let reason): return try Self.refusal(result, reason)
    case .none: break
    }
    let error = GitFailure.error(result)
    guard error.kind == .unavailable || error.kind == .cancelled else { throw error }
    return .unknown(error)
  }

  /// A branch that can never exist is not a conflict: `a/b` beside `a`.
  private static func conflict(_ result: ChildOutput) throws(IntegrationError) -> Push {
    let words = GitWords(result.error)
    guard GitRefusal(words.all) == .branch else {
      return .conflict(try GitOpsConflict(result.error))
    }
    throw IntegrationError(.refused, GitFailure.sentence(refusal, words.remote))
  }

  private static func refusal(
    _ result: ChildOutput, _ reason: String
  ) throws(IntegrationError) -> Push {
    // A hook's reason for declining commits is not git's.
    if !reason.contains("hook declined"),
      let trouble = GitTrouble(result.error + Array(reason.utf8))
    {
      if trouble.kind == .lock { return .conflict(.locked(trouble.error)) }
      throw trouble.error
    }
    let words = GitWords(result.error)
    let said = words.remote.isEmpty ? reason : words.remote
    switch GitRefusal("\(reason) \(words.all)") {
    case .commits:
      return .refused(IntegrationError(.refused, GitFailure.sentence(refusal, said)))
    case .branch:
      throw IntegrationError(.refused, GitFailure.sentence(refusal, said))
    case .moment:
      throw IntegrationError(
        .unavailable, GitFailure.sentence("the GitOps repository takes nothing for now", said))
    }
  }

  private static let refusal = "the GitOps repository refuses to move its branch"
}
