import EventLoop
import TrackDomain

/// One GitOps repository: makes commits there, one batch at a time.
///
/// `@unchecked Sendable`: every `var` is touched in the gate's turn only.
final class GitOpsRepository: @unchecked Sendable {
  let git: Git
  let place: GitOpsPlace
  /// The local copy of a remote repository; nil for other places.
  let cache: GitCache?
  let remote: GitOpsRemote?
  let gate: SerialGate
  private let session: GitOpsSession
  let directory: String
  /// The importer's private directory (see `GitCommand`). Nil for the copy of a remote repository,
  /// which no other program sees.
  private let workshop: String?
  private var isReady = false
  /// The last known heads of a remote's branches; an inner nil: the branch does not exist.
  var known: [String: String?] = [:]

  /// Whether this is the second run of `mending`, after a recovery.
  private var isNew = false

  /// The most attempts to publish one part of a batch, each upon the branch's newest commit.
  static let maximumAttempts = 20
  /// The most pushes of one part of a batch that have no certain result.
  static let maximumDoubts = 3
  /// The longest list of branches, in bytes.
  private static let maximumList = 1 << 24

  init(_ git: Git, _ place: GitOpsPlace) {
    self.git = git
    self.place = place
    switch place {
    case .embedded:
      directory = git.settings.dataDirectory + "/gitops.git"
      workshop = git.workshopDirectory + "/embedded"
      (cache, remote, gate) = (nil, nil, SerialGate())
    case .local(let path):
      directory = path
      workshop = git.workshopDirectory + "/" + RepositoryURL.key(of: path)
      (cache, remote, gate) = (nil, nil, SerialGate())
    case .remote(let url):
      let cache = git.cache("gitops-\(url.key)")
      directory = cache.path
      workshop = nil
      remote = GitOpsRemote(git: git, url: url, repository: cache.path)
      (self.cache, gate) = (cache, cache.gate)
    }
    session = GitOpsSession(git, repository: directory, workshop: workshop)
  }

  var isBusy: Bool { gate.isBusy }

  /// Ends the processes; the next use starts new ones.
  func close() async {
    await gate.withCertainTurn {
      _ = try? await work { $0.close() }
    }
  }

  // MARK: Publishing

  /// Brings the commits onto the branch, except those that are there already.
  ///
  /// - Parameters:
  ///   - recorded: the hashes that earlier attempts made for the commits, by id.
  ///   - willPublish: gets the hashes of the commits, by id, before another program can see them.
  /// - Returns: the hash of each commit, by id; empty for a commit without an effect.
  func publish(
    _ commits: [GitOpsCommit], recorded: [String: String] = [:], on branch: String,
    willPublish: @Sendable ([String: String]) async throws -> Void = { _ in }
  ) async -> [String: Result<String, IntegrationError>] {
    let outcomes: [String: Result<String, IntegrationError>]
    do throws(IntegrationError) {
      outcomes = try await gate.withTurn {
        await publishInTurn(commits, recorded: recorded, on: branch, willPublish)
      }
    } catch {
      // The task was cancelled before its turn.
      var batch = GitOpsBatch(commits, recorded: recorded)
      batch.fail(error)
      return batch.outcomes
    }
    if let cache { await git.settle(cache) }
    return outcomes
  }

  private func publishInTurn(
    _ commits: [GitOpsCommit], recorded: [String: String], on branch: String,
    _ willPublish: @Sendable ([String: String]) async throws -> Void
  ) async -> [String: Result<String, IntegrationError>] {
    var batch = GitOpsBatch(commits, recorded: recorded)
    do throws(IntegrationError) {
      try await mending { () async throws(IntegrationError) in
        try await publishInFormat(&batch, on: branch, willPublish)
      }
    } catch {
      batch.fail(error)
    }
    return batch.outcomes
  }

  /// Runs `body`. If git fails for an unknown reason, or finds damage or a lock in a repository of
  /// trackd's, recovers and runs it once more.
  func mending<T>(
    _ body: () async throws(IntegrationError) -> T
  ) async throws(IntegrationError) -> T {
    isNew = false
    do throws(IntegrationError) {
      do throws(IntegrationError) {
        return try await body()
      } catch  where error == GitFailure.unknown || (isOurs && GitFailure.isOfCopy(error)) {
        await recover(from: error)
        isNew = true
        return try await body()
      }
    } catch {
      await recover(from: error)
      throw place.explained(error)
    }
  }

  /// Publishes; if the remote has the other object format, once more from a copy of that format. A
  /// fetch from a repository without commits does not show its format, but a push does.
  private func publishInFormat(
    _ batch: inout GitOpsBatch, on branch: String,
    _ willPublish: @Sendable ([String: String]) async throws -> Void
  ) async throws(IntegrationError) {
    do throws(IntegrationError) {
      try await publish(&batch, on: branch, willPublish)
    } catch  where error == GitFailure.otherFormat {
      try await changeFormat()
      try await publish(&batch, on: branch, willPublish)
    }
  }

  private func publish(
    _ batch: inout GitOpsBatch, on branch: String,
    _ willPublish: @Sendable ([String: String]) async throws -> Void
  ) async throws(IntegrationError) {
    try await prepare()
    while !batch.pending.isEmpty {
      try await publishPart(of: &batch, on: branch, willPublish)
    }
    _ = try? await work { $0.maintain() }
  }

  /// Publishes the first part of the batch, or halves it.
  private func publishPart(
    of batch: inout GitOpsBatch, on branch: String,
    _ willPublish: @Sendable ([String: String]) async throws -> Void
  ) async throws(IntegrationError) {
    var doubts = 0
    var heads: Set<String?> = []
    var conflict = GitOpsConflict.moved("")
    for attempt in 0..<Self.maximumAttempts {
      if Task.isCancelled { throw .cancelled }
      let head = try await head(of: branch)
      heads.insert(head)
      let part = Set(batch.pending.map(\.id))
      let findings = try await settle(&batch, at: head)
      for commit in batch.pending {
        if let error = commit.obstacle(findings) { batch.fail(commit, error) }
      }
      guard let next = batch.pending.first, part.contains(next.id) else { return }
      let commits = batch.pending.map { $0.adapted(to: findings) }
      guard try await make(commits, &batch, onto: head) else { return }
      do {
        try await willPublish(batch.hashes)
      } catch is CancellationError {
        throw .cancelled
      } catch {
        throw IntegrationError(.unavailable, "the deployment's commit could not be recorded")
      }
      switch try await move(branch, from: head, to: batch.tip) {
      case .done:
        for path in commits.flatMap(\.overwritten) {
          git.tell(.overwrote(path: path, branch: branch, repository: place.description))
        }
        return batch.succeed()
      case .refused(let error): return batch.refuse(error)
      case .conflict(let new): conflict = new
      case .unknown(let error):
        batch.doubt()
        doubts += 1
        if doubts == Self.maximumDoubts { throw error }
      }
      if attempt > 2 { try? await Task.sleep(for: .milliseconds(5 * attempt)) }
    }
    let error = conflict.error(branch: branch, hasMoved: heads.count > 1)
    // As `.unavailable`, because a lock at the remote is no reason to replace the copy.
    throw remote == nil ? error : IntegrationError(.unavailable, place.explained(error).message)
  }

  /// Makes the pending commits. False when git fails even after a recovery: then the part was
  /// halved, or its only commit failed, so that one commit does not block the others.
  private func make(
    _ commits: [GitOpsCommit], _ batch: inout GitOpsBatch, onto head: String?
  ) async throws(IntegrationError) -> Bool {
    do throws(IntegrationError) {
      batch.made(try await work { try $0.make(commits, onto: head) })
      return true
    } catch  where error == GitFailure.unknown && isNew {
      batch.refuse(error)
      return false
    }
  }

  /// Gives an outcome to pending commits that are published already.
  ///
  /// - Returns: the findings at the places of the other commits, by path.
  @discardableResult
  func settle(
    _ batch: inout GitOpsBatch, at head: String?
  ) async throws(IntegrationError) -> [String: GitOpsFinding] {
    var findings: [String: GitOpsFinding] = [:]
    if let head {
      for hash in batch.hashesToCheck where try await isAncestor(hash, of: head) {
        batch.found(published: hash)
      }
      let paths = batch.pending.flatMap { $0.edits.map(\.path) }
      for (path, found) in zip(paths, try await work { try $0.findings(paths, at: head) }) {
        findings[path] = found
      }
    }
    for commit in batch.pending {
      do {
        findings = try await commit.sparing(findings)
      } catch is CancellationError {
        throw .cancelled
      } catch {
        batch.fail(commit, IntegrationError(.unavailable, "what is to stay is not known"))
        continue
      }
      if commit.isPublished(findings) {
        batch.settle(
          commit, at: try await lastCommit(of: commit, at: head, batch.recordedHash(of: commit)))
      }
    }
    return findings
  }

  // MARK: Questions

  /// The name, or the branch that the repository's HEAD names if the name is nil.
  func branch(_ name: String?) async throws(IntegrationError) -> String {
    if let name { return name }
    let head: GitOpsHead
    switch place {
    case .embedded: return GitOpsHead.standard
    case .local(let path):
      let output = try await git.output(
        GitCommand(
          "for-each-ref", "--format=%(HEAD)%(refname)", "refs/heads", repository: path),
        outputBytes: Self.maximumList)
      head = GitOpsHead(references: output)
    case .remote(let url):
      var branches: [UInt8] = []
      let symbolic = try await list(url, ["--symref"], ["HEAD"])
      if GitOpsHead.branch(listed: symbolic) == nil {
        branches = try await list(url, ["--heads"], [])
      }
      head = GitOpsHead(symbolic: symbolic, branches: branches)
    }
    return try head.resolved()
  }

  private func list(
    _ url: RepositoryURL, _ options: [String], _ patterns: [String]
  ) async throws(IntegrationError) -> [UInt8] {
    var command = GitCommand(
      "ls-remote", "--quiet", operands: [url.text] + patterns, reach: .gitops(url))
    command.words += options
    return try await git.output(command, outputBytes: Self.maximumList)
  }

  // MARK: Steps

  /// Makes sure that the repository exists.
  func prepare() async throws(IntegrationError) {
    if let cache {
      guard try await cache.prepare() else { return }
      known = [:]
      try await work { $0.close() }
    } else if !isReady {
      try await open()
      try await furnish()
      isReady = true
    }
  }

  /// Makes the workshop, and removes the reference of trackd 0.1.0, which other programs can see.
  private func furnish() async throws(IntegrationError) {
    guard let workshop else { return }
    try await git.onDisk { (files) in try files.makeWorkshop(workshop) }
    _ = try await git.run(
      GitCommand("update-ref", "-d", FastImport.reference, repository: directory))
  }

  private func open() async throws(IntegrationError) {
    if place == .embedded {
      let rights = git.settings.sharesGitOps ? "0640" : "umask"
      _ = try await git.output(
        GitCommand(
          "init", "--bare", "--quiet", "--template=", "--initial-branch=main",
          "--shared=\(rights)", operands: [directory]))
      return try await git.blocking(below: directory) { [directory] in
        GitLeftovers.remove(from: directory)
      }
    }
    let output = try await git.output(
      GitCommand("rev-parse", "--is-bare-repository", repository: directory))
    guard String(decoding: output, as: UTF8.self).hasPrefix("true") else {
      throw IntegrationError(.invalid, "the GitOps repository of this machine must be a bare one")
    }
  }

  func head(of branch: String) async throws(IntegrationError) -> String? {
    guard let remote else {
      let reference = "refs/heads/\(branch)"
      if let head = try await work({ try $0.commit(at: reference) }) { return head }
      // The processes do not notice that the repository was removed: they would see no branches.
      if case .local = place { try await open() }
      guard try await isNamed(reference) else { return nil }
      // The branch may have been made a moment ago.
      if let head = try await work({ try $0.commit(at: reference) }) { return head }
      throw IntegrationError(
        .damaged, "something is damaged: the commit that branch '\(branch)' names cannot be read")
    }
    if let head = known[branch] { return head }
    let reference = GitOpsRemote.reference(branch)
    let isFirst = try await !work { try $0.hasHistory(reference) }
    let isThere = try await remote.fetch(branch, isFirst: isFirst)
    let head = isThere ? try await work { try $0.commit(at: reference) } : nil
    // The fetched commit is here, unless the copy is damaged.
    if isThere, head == nil { throw GitFailure.unknown }
    known[branch] = .some(head)
    return head
  }

  /// Whether a reference exists, whatever it names.
  ///
  /// - Throws: `.damaged` when it names nothing that could be a commit.
  private func isNamed(_ reference: String) async throws(IntegrationError) -> Bool {
    let result = try await git.run(
      GitCommand("for-each-ref", "--format=%(refname)", reference, repository: directory))
    if let trouble = GitTrouble(result.error) { throw trouble.error }
    guard result.isSuccess else {
      throw isOurs ? GitFailure.unknown : GitFailure.error(result)
    }
    return result.output.split(separator: 0x0A).contains { $0.elementsEqual(reference.utf8) }
  }

  func move(
    _ branch: String, from old: String?, to new: String
  ) async throws(IntegrationError) -> GitOpsRemote.Push {
    guard let remote else {
      let conflict = try await work { try $0.move("refs/heads/\(branch)", from: old, to: new) }
      return conflict.map { .conflict($0) } ?? .done
    }
    known[branch] = nil
    let push = try await remote.push(branch, from: old, to: new)
    switch push {
    case .done:
      known[branch] = new
      // The next fetch then knows which commits are here. The push counts without it.
      _ = try? await work { try $0.note(GitOpsRemote.reference(branch), at: new) }
    case .refused: known[branch] = .some(old)
    case .conflict, .unknown: break
    }
    return push
  }

  /// Replaces the copy by an empty one of the other object format.
  func changeFormat() async throws(IntegrationError) {
    known = [:]
    try await work { $0.close() }
    try await cache?.changeFormat()
  }

  /// Runs `body` with the session's processes, on a thread that may block.
  func work<T: Sendable>(
    _ body: @escaping @Sendable (GitOpsSession) throws -> T
  ) async throws(IntegrationError) -> T {
    let (session, helpers) = (session, git.helpers)
    do throws(IntegrationError) {
      return try await git.blocking(below: directory) {
        try helpers.use(session) { try body(session) }
      }
    } catch  where isOurs && (error.kind == .notFound || error.kind == .accessDenied) {
      // Damage of a repository that trackd keeps is not the environment's fault.
      throw GitFailure.unknown
    }
  }

  private var isOurs: Bool {
    if case .local = place { return false }
    return true
  }

  /// Forgets the state; deletes the copy of a remote repository if the error may come from it.
  private func recover(from error: IntegrationError) async {
    known = [:]
    isReady = false
    guard GitFailure.isOfCopy(error) else { return }
    _ = try? await work { $0.close() }
    await cache?.remove()
    // Commits that are made again within one second give the same pack, which a `.keep` file
    // blocks.
    guard place == .embedded else { return }
    try? await git.blocking(below: directory) { [directory] in
      GitLeftovers.removeKeeps(from: directory)
    }
  }
}
