/// The service that builds images, and knows the commits they were built from.
///
/// A call that has no answer by its deadline ends with `.unavailable`.
public protocol BuildService: Sendable {
  /// Whom `commitHistory` asks, as callers are told when nobody answers: `build-service`, or
  /// `repository` where commits are read from the component's own.
  var commitSource: String { get }

  /// Whether it knows more of builds than that what was saved was built.
  var knowsBuilds: Bool { get }

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

  /// What can be said of commits without asking anybody, when `commitHistory` could not.
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
  /// The status of what was saved, where nobody knows better.
  public static var succeeded: String { "SUCCEEDED" }
  /// The words that say that a build failed, in whatever case.
  private static let failures: Set = [
    "FAILED", "FAILURE", "ERROR", "CANCELLED", "CANCELED", "TIMED_OUT",
  ]

  /// The service's own word, such as `SUCCEEDED`.
  public var status: String
  /// Nil when it is not known.
  public var builtAt: Timestamp?

  /// Whether there is nothing to deploy. What is not known to have failed has not.
  public var hasFailed: Bool { Self.failures.contains(status.uppercased()) }

  public init(status: String, builtAt: Timestamp? = nil) {
    self.status = status
    self.builtAt = builtAt
  }
}
