import TrackDomain

/// The state of a batch of commits on its way to a branch.
///
/// It goes there in parts, one push each; at first the whole batch is one part. A part that the
/// remote refuses is halved, until the refused commits stand alone.
struct GitOpsBatch {
  /// The commits without an outcome, in parts; the first part is on its way.
  private var parts: [[GitOpsCommit]]
  /// By the commit's id.
  private(set) var outcomes: [String: Result<String, IntegrationError>] = [:]
  /// The newest hashes of the pending commits, by id.
  private(set) var hashes: [String: String] = [:]
  /// The hash of the last pending commit, whose history contains the others.
  private(set) var tip = ""
  /// Pushes with an unknown end that may have arrived: the hashes by id, by the tip of the push.
  private var doubtful: [String: [String: String]] = [:]
  /// Hashes that were made earlier, by id.
  private var recorded: [String: String]

  init(_ commits: [GitOpsCommit], recorded: [String: String]) {
    parts = [commits].filter { !$0.isEmpty }
    self.recorded = recorded.filter { GitHash.isFull($0.value) }
  }

  /// The part that is on its way; empty when everything has an outcome.
  var pending: [GitOpsCommit] { parts.first ?? [] }

  /// The hashes of commits that may be on the branch already.
  var hashesToCheck: Set<String> { Set(recorded.values).union(doubtful.keys) }

  /// The hash that was made earlier for a commit; nil for none.
  func recordedHash(of commit: GitOpsCommit) -> String? { recorded[commit.id] }

  /// One of `hashesToCheck` is on the branch.
  mutating func found(published hash: String) {
    for (id, hash) in doubtful[hash] ?? [:] { outcomes[id] = .success(hash) }
    for (id, recorded) in recorded where recorded == hash { outcomes[id] = .success(hash) }
    removeSettled()
  }

  /// A pending commit is already published, by this earlier commit.
  mutating func settle(_ commit: GitOpsCommit, at hash: String) {
    outcomes[commit.id] = .success(hash)
    removeSettled()
  }

  /// A pending commit fails.
  mutating func fail(_ commit: GitOpsCommit, _ error: IntegrationError) {
    outcomes[commit.id] = .failure(told(error, commit))
    removeSettled()
  }

  /// The pending commits were made, in order.
  mutating func made(_ hashes: [String]) {
    recorded = [:]
    self.hashes = Dictionary(zip(pending.map(\.id), hashes)) { _, last in last }
    tip = hashes.last ?? ""
  }

  /// The commits that were made are on the branch.
  mutating func succeed() {
    for (id, hash) in hashes { outcomes[id] = .success(hash) }
    removeSettled()
  }

  /// Whether the commits that were made are on the branch is unknown.
  mutating func doubt() {
    if !tip.isEmpty { doubtful[tip] = hashes }
  }

  /// The remote refuses the part that is on its way, because of one of its commits.
  mutating func refuse(_ error: IntegrationError) {
    guard let part = parts.first else { return }
    if part.count > 1 {
      let middle = part.count / 2
      parts[0..<1] = [Array(part[..<middle]), Array(part[middle...])]
    } else {
      failPart(error)
    }
  }

  /// The whole part that is on its way fails.
  mutating func failPart(_ error: IntegrationError) {
    for commit in pending { outcomes[commit.id] = .failure(told(error, commit)) }
    removeSettled()
  }

  /// All commits without an outcome fail.
  mutating func fail(_ error: IntegrationError) {
    for commit in parts.joined() { outcomes[commit.id] = .failure(told(error, commit)) }
    parts = []
  }

  /// A refusal says nothing of an earlier push that may still arrive.
  private func told(_ error: IntegrationError, _ commit: GitOpsCommit) -> IntegrationError {
    guard !error.isTemporary, doubtful.values.contains(where: { $0[commit.id] != nil }) else {
      return error
    }
    return IntegrationError(.unavailable, error.message)
  }

  private mutating func removeSettled() {
    parts = parts.map { $0.filter { outcomes[$0.id] == nil } }.filter { !$0.isEmpty }
  }
}
