import TrackDomain

/// The state of a batch of commits on its way to a branch.
///
/// It goes there in parts, each in one push: the whole of it to begin with. A part that the other end
/// refuses is cut in halves, until what it refuses stands alone.
struct GitOpsBatch {
  /// What has no outcome, in parts; the first is on its way.
  private var parts: [[GitOpsCommit]]
  /// By the commit's id.
  private(set) var outcomes: [String: Result<String, IntegrationError>] = [:]
  /// The last ones that were made of the pending ones, by id.
  private(set) var hashes: [String: String] = [:]
  /// The last of them, which comes upon all the others.
  private(set) var tip = ""
  /// Pushes that may have arrived although nobody knows: by their tips, hashes by id.
  private var doubtful: [String: [String: String]] = [:]
  /// Made earlier, by id.
  private var recorded: [String: String]

  init(_ commits: [GitOpsCommit], recorded: [String: String]) {
    parts = [commits].filter { !$0.isEmpty }
    self.recorded = recorded.filter { GitHash.isFull($0.value) }
  }

  /// The part that is on its way; empty when everything has an outcome.
  var pending: [GitOpsCommit] { parts.first ?? [] }

  /// Commits that may be published although nobody knows.
  var hashesToCheck: Set<String> { Set(recorded.values).union(doubtful.keys) }

  /// The hash that was made earlier for one of them; nil when none was.
  func recordedHash(of commit: GitOpsCommit) -> String? { recorded[commit.id] }

  /// One of `hashesToCheck` is on the branch.
  mutating func found(published hash: String) {
    for (id, hash) in doubtful[hash] ?? [:] { outcomes[id] = .success(hash) }
    for (id, recorded) in recorded where recorded == hash { outcomes[id] = .success(hash) }
    removeSettled()
  }

  /// One of the pending ones is published, by a commit that was made before.
  mutating func settle(_ commit: GitOpsCommit, at hash: String) {
    outcomes[commit.id] = .success(hash)
    removeSettled()
  }

  /// One of the pending ones comes to nothing.
  mutating func fail(_ commit: GitOpsCommit, _ error: IntegrationError) {
    outcomes[commit.id] = .failure(error)
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

  /// What was made is on the branch, or not.
  mutating func doubt() {
    if !tip.isEmpty { doubtful[tip] = hashes }
  }

  /// The other end refuses the part that is on its way, for something in it.
  mutating func refuse(_ error: IntegrationError) {
    guard let part = parts.first else { return }
    if part.count > 1 {
      let middle = part.count / 2
      parts[0..<1] = [Array(part[..<middle]), Array(part[middle...])]
    } else {
      failPart(error)
    }
  }

  /// The part that is on its way comes to nothing.
  mutating func failPart(_ error: IntegrationError) {
    for commit in pending { outcomes[commit.id] = .failure(error) }
    removeSettled()
  }

  /// All that has no outcome comes to nothing.
  mutating func fail(_ error: IntegrationError) {
    for commit in parts.joined() { outcomes[commit.id] = .failure(error) }
    parts = []
  }

  private mutating func removeSettled() {
    parts = parts.map { $0.filter { outcomes[$0.id] == nil } }.filter { !$0.isEmpty }
  }
}
