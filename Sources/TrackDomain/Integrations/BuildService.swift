/// The service that builds images and knows the commits that they were built from.
///
/// A call without an answer by its deadline ends with `.unavailable`.
public protocol BuildService: Sendable {
  /// The name of the source of `commitHistory`, for callers when it does not answer:
  /// `build-service`, or `repository` where commits are read from the component's own repository.
  var commitSource: String { get }

  /// Whether it knows builds. If not, it takes every saved image for built.
  var knowsBuilds: Bool { get }

  /// The builds of these images of a component, by run id. Unknown runs are left out.
  func buildStatuses(
    of images: [TrackImage], component: Component, deadline: Timestamp
  ) async throws(IntegrationError) -> [String: BuildStatus]

  /// These commits of the component's repository, by hash. Unknown commits are left out.
  func commitHistory(
    _ hashes: [String], component: Component, deadline: Timestamp
  ) async throws(IntegrationError) -> [String: CommitInfo]

  /// The cached ones of these commits: for callers of `commitHistory` when it fails. Asks no other
  /// system.
  func knownCommits(_ hashes: [String], component: Component) -> [String: CommitInfo]
}

extension BuildService {
  public var commitSource: String { "build-service" }

  public var knowsBuilds: Bool { true }

  public func knownCommits(_ hashes: [String], component: Component) -> [String: CommitInfo] {
    [:]
  }
}

/// How a build ended.
public struct BuildStatus: Sendable, Hashable {
  /// The status of a saved image for which there is no build.
  public static var succeeded: String { "SUCCEEDED" }
  /// The statuses that mean that a build failed, in upper case.
  private static let failures: Set = [
    "FAILED", "FAILURE", "ERROR", "CANCELLED", "CANCELED", "TIMED_OUT",
  ]

  /// The service's own word, such as `SUCCEEDED`.
  public var status: String
  /// Nil when it is not known.
  public var builtAt: Timestamp?

  /// Whether the build failed, so that there is nothing to deploy. An unknown status is no failure.
  public var hasFailed: Bool { Self.failures.contains(status.uppercased()) }

  public init(status: String, builtAt: Timestamp? = nil) {
    self.status = status
    self.builtAt = builtAt
  }
}
