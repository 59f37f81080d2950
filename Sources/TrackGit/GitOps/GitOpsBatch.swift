import TrackDomain

/// The state of a batch of commits on its way to a branch.
struct GitOpsBatch {
  /// Those without an outcome.
  private(set) var pending: [GitOpsCommit]
  /// By the commit's id.
  var outcomes: [String: Result<String, IntegrationError>] = [:]
  /// The last ones that were made of the pending ones, by id.
  private(set) var hashes: [String: String] = [:]
  /// The last of them, which comes upon all the others.
  private(set) var tip = ""
  /// Made earlier, by id.
  private var recorded: [String: String]

  init(_ commits: [GitOpsCommit], recorded: [String: String]) {
    pending = commits
    self.recorded = recorded.filter { GitHash.isFull($0.value) }
  }

  /// Commits that may be published although nobody knows.
  var hashesToCheck: Set<String> {
    Set(recorded.values).union(tip.isEmpty ? [] : [tip])
  }

  /// One of `hashesToCheck` is on the branch.
  mutating func found(published hash: String) {
    if hash == tip {
      succeed()
    } else {
      for (id, recorded) in recorded where recorded == hash { outcomes[id] = .success(hash) }
    }
    removeSettled()
  }

  /// The pending ones were made, in order.
  mutating func made(_ hashes: [String]) {
    recorded = [:]
    self.hashes = Dictionary(zip(pending.map(\.id), hashes)) { _, last in last }
    tip = hashes.last ?? ""
  }

  /// What was made is on the branch.
  mutating func succeed() {
    for (id, hash) in hashes { outcomes[id] = .success(hash) }
    removeSettled()
  }

  mutating func fail(_ error: IntegrationError) {
    for commit in pending where outcomes[commit.id] == nil { outcomes[commit.id] = .failure(error) }
    removeSettled()
  }

  mutating func removeSettled() {
    pending.removeAll { outcomes[$0.id] != nil }
  }
}
