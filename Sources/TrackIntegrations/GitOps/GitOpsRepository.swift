import EventLoop
import TrackDomain

/// One GitOps repository: makes commits there, one batch at a time.
///
/// `@unchecked Sendable`: what varies is touched in the gate's turn only.
final class GitOpsRepository: @unchecked Sendable {
  private let git: Git
  private let place: GitOpsPlace
  /// For a copy of a remote one.
  private let cache: GitCache?
  private let remote: GitOpsRemote?
  private let gate: SerialGate
  private let session: GitOpsSession
  private let directory: String
  private var isReady = false
  /// Where the branches of a remote are, as far as is known; an inner nil: there is no such branch.
  private var known: [String: String?] = [:]

  /// How often a batch is made anew because somebody else was faster.
  private static let maximumAttempts = 20

  init(_ git: Git, _ place: GitOpsPlace) {
    self.git = git
    self.place = place
    switch place {
    case .embedded:
      directory = git.settings.dataDirectory + "/gitops.git"
      (cache, remote, gate) = (nil, nil, SerialGate())
    case .local(let path):
      directory = path
      (cache, remote, gate) = (nil, nil, SerialGate())
    case .remote(let url):
      let cache = git.cache("gitops-\(url.key)")
      directory = cache.path
      remote = GitOpsRemote(git: git, url: url, repository: cache.path)
      (self.cache, gate) = (cache, cache.gate)
    }
    session = GitOpsSession(git, repository: directory)
  }

  var isBusy: Bool { gate.isBusy }

  /// Ends the processes; the next use starts new ones.
  func close() async {
    await gate.withTurn {
      let session = session
      _ = try? await git.blocking { session.close() }
    }
  }

  // MARK: Publishing

  /// Brings the commits onto the branch, all that are not there yet.
  ///
  /// - Parameters:
  ///   - recorded: hashes of commits that were made earlier, by id.
  ///   - willPublish: told of the commits, by id, before anybody can see them.
  /// - Returns: the hash of each commit, by id; empty where there was nothing to do.
  func publish(
    _ commits: [GitOpsCommit], recorded: [String: String] = [:], on branch: String,
    willPublish: @Sendable ([String: String]) async throws -> Void = { _ in }
  ) async -> [String: Result<String, IntegrationError>] {
    await gate.withTurn {
      var batch = GitOpsBatch(commits, recorded: recorded)
      do throws(IntegrationError) {
        try await prepare()
        try await publish(&batch, on: branch, willPublish)
      } catch {
        await recover(from: error)
        batch.fail(error)
      }
      return batch.outcomes
    }
  }

  private func publish(
    _ batch: inout GitOpsBatch, on branch: String,
    _ willPublish: @Sendable ([String: String]) async throws -> Void
  ) async throws(IntegrationError) {
    for attempt in 0..<Self.maximumAttempts {
      let head = try await head(of: branch)
      try await settle(&batch, at: head)
      if batch.pending.isEmpty { return }
      let hashes = try await make(batch.pending, onto: head)
      batch.made(hashes)
      do {
        try await willPublish(batch.hashes)
      } catch {
        throw IntegrationError(.unavailable, "the deployment's commit could not be recorded")
      }
      if try await move(branch, from: head, to: batch.tip) {
        batch.succeed()
        return await maintain()
      }
      if attempt > 2 { try? await Task.sleep(for: .milliseconds(5 * attempt)) }
    }
    throw IntegrationError(.unavailable, "the GitOps branch moves too fast")
  }

  /// Takes out of the batch what is published already.
  private func settle(_ batch: inout GitOpsBatch, at head: String?) async throws(IntegrationError) {
    guard let head else { return }
    for hash in batch.hashesToCheck where try await isAncestor(hash, of: head) {
      batch.found(published: hash)
    }
    let paths = batch.pending.flatMap { $0.edits.map(\.path) }
    let files = zip(paths, try await files(paths, at: head))
    let contents = Dictionary(files.map { ($0, $1) }) { first, _ in first }
    for commit in batch.pending where commit.isPublished(contents) {
      let hash = try await lastCommit(of: commit, at: head)
      batch.outcomes[commit.id] = .success(hash)
    }
    batch.removeSettled()
  }

  // MARK: Questions

  /// The hash of the commit by which a deployment was published; nil when it was not.
  func find(
    _ commit: GitOpsCommit, hash: String, on branch: String
  ) async throws(IntegrationError) -> String? {
    try await gate.withTurn { () throws(IntegrationError) in
      try await prepare()
      known[branch] = nil
      guard let head = try await head(of: branch) else { return nil }
      if GitHash.isFull(hash), try await isAncestor(hash, of: head) { return hash }
      var batch = GitOpsBatch([commit], recorded: [:])
      try await settle(&batch, at: head)
      return try batch.outcomes[commit.id]?.get()
    }
  }

  /// Whether a commit, which may be unknown, is in the history of another.
  private func isAncestor(_ hash: String, of head: String) async throws(IntegrationError) -> Bool {
    try await git.run(
      GitCommand("merge-base", "--is-ancestor", hash, head, repository: directory)
    ).isSuccess
  }

  /// The last commit that changed what the commit is about.
  private func lastCommit(
    of commit: GitOpsCommit, at head: String
  ) async throws(IntegrationError) -> String {
    guard let edit = commit.edits.first, edit.content != nil else { return "" }
    let output = try await git.output(
      GitCommand(
        "log", "-1", "--format=%H", head, operands: [edit.path], repository: directory))
    let hash = String(decoding: output, as: UTF8.self).filter { $0 != "\n" }
    return GitHash.isFull(hash) ? hash : head
  }

  // MARK: Steps

  /// Makes sure that the repository is there.
  private func prepare() async throws(IntegrationError) {
    if let cache {
      guard try await cache.prepare() else { return }
      known = [:]
      let session = session
      try await git.blocking { session.close() }
    } else if !isReady {
      try await open()
      isReady = true
    }
  }

  private func open() async throws(IntegrationError) {
    if place == .embedded {
      _ = try await git.output(
        GitCommand(
          "init", "--bare", "--quiet", "--template=", "--initial-branch=main",
          operands: [directory]))
      return GitLeftovers.remove(from: directory)
    }
    let output = try await git.output(
      GitCommand("rev-parse", "--is-bare-repository", repository: directory))
    guard String(decoding: output, as: UTF8.self).hasPrefix("true") else {
      throw IntegrationError(.invalid, "the GitOps repository of this machine must be a bare one")
    }
  }

  private func head(of branch: String) async throws(IntegrationError) -> String? {
    let session = session
    guard let remote else {
      return try await git.blocking { try session.commit(at: "refs/heads/\(branch)") }
    }
    if let head = known[branch] { return head }
    let reference = GitOpsRemote.reference(branch)
    let isFirst = try await git.blocking { try session.commit(at: reference) } == nil
    let head: String? =
      try await remote.fetch(branch, isFirst: isFirst)
      ? try await git.blocking { try session.commit(at: reference) } : nil
    known[branch] = .some(head)
    return head
  }

  private func files(
    _ paths: [String], at commit: String
  ) async throws(IntegrationError) -> [[UInt8]?] {
    let session = session
    return try await git.blocking { try session.files(paths, at: commit) }
  }

  private func make(
    _ commits: [GitOpsCommit], onto base: String?
  ) async throws(IntegrationError) -> [String] {
    let session = session
    return try await git.blocking { try session.make(commits, onto: base) }
  }

  /// False when the branch was not where it was expected to be, or nobody knows.
  private func move(
    _ branch: String, from old: String?, to new: String
  ) async throws(IntegrationError) -> Bool {
    guard let remote else {
      let session = session
      return try await git.blocking { try session.move("refs/heads/\(branch)", from: old, to: new) }
    }
    known[branch] = nil
    guard try await remote.push(branch, from: old, to: new) == .done else { return false }
    known[branch] = new
    return true
  }

  private func maintain() async {
    let session = session
    _ = try? await git.blocking { session.maintain() }
  }

  /// A copy that fails is not worth keeping.
  private func recover(from error: IntegrationError) async {
    known = [:]
    isReady = false
    guard let cache, error == GitFailure.unknown else { return }
    let session = session
    _ = try? await git.blocking { session.close() }
    cache.remove()
  }
}

extension GitOpsCommit {
  /// Whether the files are what the commit makes them.
  fileprivate func isPublished(_ contents: [String: [UInt8]?]) -> Bool {
    edits.allSatisfy { edit in
      let content = contents[edit.path] ?? nil
      return edit.content == nil ? content == nil : content.map(isContent) == true
    }
  }
}
