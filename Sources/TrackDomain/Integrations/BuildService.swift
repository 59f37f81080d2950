/// The service that builds images, and knows the commits they were built from.
public protocol BuildService: Sendable {
  /// What is known of the builds of these images of a component, by run id. A run that is not known
  /// is left out.
  func buildStatuses(
    of images: [TrackImage], component: Component, deadline: Timestamp
  ) async throws(IntegrationError) -> [String: BuildStatus]

  /// What is known of these commits of the component's repository, by hash. A commit that is not
  /// known is left out.
  func commitHistory(
    _ hashes: [String], component: Component, deadline: Timestamp
  ) async throws(IntegrationError) -> [String: CommitInfo]
}

/// How a build ended.
public struct BuildStatus: Sendable, Hashable {
  /// The service's own word, such as `SUCCEEDED`.
  public var status: String
  /// Nil when it is not known.
  public var builtAt: Timestamp?

  public init(status: String, builtAt: Timestamp? = nil) {
    self.status = status
    self.builtAt = builtAt
  }
}
