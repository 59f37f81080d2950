import TrackDomain

/// A build service with the answers that a test gives it; records its calls.
actor FakeBuildService: BuildService {
  struct Asked: Sendable, Equatable {
    var statuses: [[String]] = []
    var commits: [[String]] = []
  }

  nonisolated let commitSource: String
  private let statuses: Result<[String: BuildStatus], IntegrationError>
  private let commits: Result<[String: CommitInfo], IntegrationError>
  private let known: [String: CommitInfo]
  private(set) var asked = Asked()
  /// The deadlines of the calls.
  private(set) var deadlines: Set<Timestamp> = []

  init(
    statuses: Result<[String: BuildStatus], IntegrationError> = .success([:]),
    commits: Result<[String: CommitInfo], IntegrationError> = .success([:]),
    known: [String: CommitInfo] = [:], commitSource: String = "repository"
  ) {
    self.statuses = statuses
    self.commits = commits
    self.known = known
    self.commitSource = commitSource
  }

  func buildStatuses(
    of images: [TrackImage], component: Component, deadline: Timestamp
  ) async throws(IntegrationError) -> [String: BuildStatus] {
    asked.statuses.append(images.map(\.runId))
    deadlines.insert(deadline)
    return try statuses.get()
  }

  func commitHistory(
    _ hashes: [String], component: Component, deadline: Timestamp
  ) async throws(IntegrationError) -> [String: CommitInfo] {
    asked.commits.append(hashes)
    deadlines.insert(deadline)
    return try commits.get()
  }

  nonisolated func knownCommits(
    _ hashes: [String], component: Component
  ) -> [String: CommitInfo] { known }
}

extension CommitInfo {
  static func sample(_ hash: String) -> CommitInfo {
    CommitInfo(
      hash: hash, authorName: "Ada", authorEmail: "ada@example.com",
      authoredAt: Timestamp(microseconds: 1), message: "Fix \(hash.suffix(2))")
  }
}
