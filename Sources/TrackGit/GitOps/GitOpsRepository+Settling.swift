import EventLoop
import TrackDomain

/// What was published, and what may still be.
extension GitOpsRepository {
  /// The hash of the commit that published a deployment; nil when it was not published.
  ///
  /// - Parameters:
  ///   - hash: that of the commit that was made for it; empty for none.
  ///   - since: when it may have been published first.
  func find(
    _ commit: GitOpsCommit, hash: String, since: Timestamp, on branch: String
  ) async throws(IntegrationError) -> String? {
    try await gate.withTurn { () throws(IntegrationError) in
      try await mending { () async throws(IntegrationError) in
        do throws(IntegrationError) {
          return try await findInTurn(commit, hash: hash, since: since, on: branch)
        } catch  where error == GitFailure.otherFormat {
          try await changeFormat()
          return try await findInTurn(commit, hash: hash, since: since, on: branch)
        }
      }
    }
  }

  /// Finds out which commits are published, once and for all: those that are not will not be, by no
  /// push that anybody has begun.
  ///
  /// A push names the commit upon which it puts its own. Where something is missing, an empty commit
  /// is put upon the one that was looked at, so that every such push is refused.
  ///
  /// - Parameters:
  ///   - recorded: the hashes that were made for the commits, by id.
  ///   - since: when the first of them may have been published.
  ///   - epoch: for the message of the empty commit.
  /// - Returns: the hash of each published commit, by id, and what else is certain of others.
  func settle(
    _ commits: [GitOpsCommit], recorded: [String: String], since: Timestamp, on branch: String,
    epoch: Int64
  ) async throws(IntegrationError) -> [String: Result<String, IntegrationError>] {
    try await gate.withTurn { () throws(IntegrationError) in
      try await mending { () async throws(IntegrationError) in
        do throws(IntegrationError) {
          return try await settleInTurn(commits, recorded, since, branch, epoch)
        } catch  where error == GitFailure.otherFormat {
          try await changeFormat()
          return try await settleInTurn(commits, recorded, since, branch, epoch)
        }
      }
    }
  }

  private func settleInTurn(
    _ commits: [GitOpsCommit], _ recorded: [String: String], _ since: Timestamp, _ branch: String,
    _ epoch: Int64
  ) async throws(IntegrationError) -> [String: Result<String, IntegrationError>] {
    try await prepare()
    var doubts = 0
    var conflict = GitOpsConflict.moved("")
    for attempt in 0..<Self.maximumAttempts {
      if Task.isCancelled { throw .cancelled }
      known[branch] = nil
      let head = try await head(of: branch)
      var batch = GitOpsBatch(commits, recorded: recorded)
      try await settle(&batch, at: head)
      if let head { try await search(&batch, branch, at: head, since: since) }
      if batch.pending.isEmpty { return batch.outcomes }
      let message = GitOpsMessage(settling: batch.pending.map(\.id), epoch: epoch)
      let fence = GitOpsCommit(id: "", message: message.text, edits: [])
      let made = try await work { try $0.make([fence], onto: head) }
      switch try await move(branch, from: head, to: made.last ?? "") {
      case .done: return batch.outcomes
      case .refused(let error): throw error
      case .conflict(let new): conflict = new
      case .unknown(let error):
        doubts += 1
        if doubts == Self.maximumDoubts { throw error }
      }
      if attempt > 2 { try? await Task.sleep(for: .milliseconds(5 * attempt)) }
    }
    throw IntegrationError(
      .unavailable, place.explained(conflict.error(branch: branch, hasMoved: true)).message)
  }

  /// Looks into the branch's history for pending commits that put something there.
  private func search(
    _ batch: inout GitOpsBatch, _ branch: String, at head: String, since: Timestamp
  ) async throws(IntegrationError) {
    let wanted = batch.pending.filter { $0.edits.contains { $0.content != nil } }
    if wanted.isEmpty { return }
    // Clocks of machines differ.
    try await remote?.deepen(branch, since: since.microseconds / 1_000_000 - 24 * 3600)
    for hash in batch.hashesToCheck where try await isAncestor(hash, of: head) {
      batch.found(published: hash)
    }
    for commit in wanted where batch.outcomes[commit.id] == nil {
      guard let hash = try await publisher(of: commit, at: head) else { continue }
      batch.settle(commit, at: hash)
    }
  }

  /// The commit of the branch's history whose trailer names the deployment; nil for none.
  private func publisher(
    of commit: GitOpsCommit, at head: String
  ) async throws(IntegrationError) -> String? {
    let output = try await git.output(
      GitCommand(
        "log", "-1", "--format=%H", "--fixed-strings",
        "--grep=\(GitOpsMessage.trailer(ofDeployment: commit.id))", head, repository: directory))
    let hash = String(decoding: output.prefix { $0 != 0x0A }, as: UTF8.self)
    return GitHash.isFull(hash) ? hash : nil
  }

  private func findInTurn(
    _ commit: GitOpsCommit, hash: String, since: Timestamp, on branch: String
  ) async throws(IntegrationError) -> String? {
    try await prepare()
    known[branch] = nil
    guard let head = try await head(of: branch) else { return nil }
    if GitHash.isFull(hash), try await isAncestor(hash, of: head) { return hash }
    var batch = GitOpsBatch([commit], recorded: [commit.id: hash])
    try await settle(&batch, at: head)
    if GitHash.isFull(hash) { try await search(&batch, branch, at: head, since: since) }
    return try batch.outcomes[commit.id]?.get()
  }

  /// Whether a commit, which may be unknown, is in the history of another one.
  func isAncestor(_ hash: String, of head: String) async throws(IntegrationError) -> Bool {
    try await git.run(
      GitCommand("merge-base", "--is-ancestor", hash, head, repository: directory)
    ).isSuccess
  }

  /// The last commit that changed the first file of `commit`; empty when `commit` removes that
  /// file.
  ///
  /// - Parameter recorded: the hash that was made for `commit` earlier; nil for none. The answer if
  ///   the copy does not hold the history.
  func lastCommit(
    of commit: GitOpsCommit, at head: String?, _ recorded: String?
  ) async throws(IntegrationError) -> String {
    guard let head, let edit = commit.edits.first, edit.content != nil else { return "" }
    let output = try await git.output(
      GitCommand(
        "log", "-1", "--format=%H %P", head, operands: [edit.path], repository: directory))
    let hashes = String(decoding: output, as: UTF8.self).split { $0 == " " || $0 == "\n" }
    // The oldest commit of a shallow copy has no parent there, and seems to have changed all files.
    if hashes.count < 2, cache != nil, let recorded { return recorded }
    return hashes.first.map(String.init).flatMap { GitHash.isFull($0) ? $0 : nil } ?? head
  }
}
