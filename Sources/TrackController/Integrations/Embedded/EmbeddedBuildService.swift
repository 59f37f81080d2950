public import TrackDomain

/// The embedded default: a saved image counts as built when it was saved; commits are read from the
/// component's own repository.
public struct EmbeddedBuildService: BuildService {
  private let source: any SourceRepository

  public init(source: any SourceRepository) {
    self.source = source
  }

  public var commitSource: String { "repository" }

  public var knowsBuilds: Bool { false }

  public func buildStatuses(
    of images: [TrackImage], component: Component, deadline: Timestamp
  ) async throws(IntegrationError) -> [String: BuildStatus] {
    Dictionary(
      images.map {
        ($0.runId, BuildStatus(status: BuildStatus.succeeded, builtAt: $0.createdAt))
      }, uniquingKeysWith: { first, _ in first })
  }

  public func commitHistory(
    _ hashes: [String], component: Component, deadline: Timestamp
  ) async throws(IntegrationError) -> [String: CommitInfo] {
    // A component without a repository has no commits to read.
    if component.repositoryURL.isEmpty { return [:] }
    return try await source.commits(hashes, repositoryURL: component.repositoryURL)
  }
}
