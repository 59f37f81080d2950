public import TrackDomain

/// Caches the commits of another build service, which never change, and asks it for unknown ones:
/// one call at a time for each repository.
///
/// A caller waits no longer than its deadline. The call that it caused goes on, and the next caller
/// finds the answer. `run` makes the calls: without it none is made.
public final class CachingBuildService: BuildService {
  /// The most of each text of a commit that is kept, in Unicode code points.
  private static let maximumText = 1024

  private let base: any BuildService
  private let limits: LookupLimits
  private let now: @Sendable () -> Timestamp
  private let runner: LookupRunner<String, CommitInfo>

  /// - Parameters:
  ///   - base: the build service to ask.
  ///   - now: the wall clock.
  public init(
    _ base: any BuildService, limits: LookupLimits = LookupLimits(),
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.base = base
    self.limits = limits
    self.now = now
    runner = LookupRunner(limits, now: now)
  }

  /// Makes the calls that callers cause. Returns, once they have ended, when its task is cancelled.
  public func run() async { await runner.run() }

  public var commitSource: String { base.commitSource }
  public var knowsBuilds: Bool { base.knowsBuilds }

  public func buildStatuses(
    of images: [TrackImage], component: Component, deadline: Timestamp
  ) async throws(IntegrationError) -> [String: BuildStatus] {
    try await base.buildStatuses(of: images, component: component, deadline: deadline)
  }

  public func knownCommits(_ hashes: [String], component: Component) -> [String: CommitInfo] {
    runner.known(hashes, of: Self.source(of: component))
  }

  public func commitHistory(
    _ hashes: [String], component: Component, deadline: Timestamp
  ) async throws(IntegrationError) -> [String: CommitInfo] {
    let patience = Duration.microseconds(deadline.microseconds - now().microseconds)
    return try await runner.answers(
      to: hashes, of: Self.source(of: component), atMost: patience
    ) { [base, limits, now] (hashes) async throws(IntegrationError) in
      let commits = try await base.commitHistory(
        hashes.sorted(), component: component,
        deadline: now().after(microseconds: limits.callMicroseconds))
      return commits.mapValues(Self.shortened)
    }
  }

  /// The key under which commits of a component are cached. A build service may know commits of a
  /// component without a repository; no other component shares them.
  private static func source(of component: Component) -> String {
    component.repositoryURL.isEmpty ? "component " + component.id : component.repositoryURL
  }

  private static func shortened(_ commit: CommitInfo) -> CommitInfo {
    var commit = commit
    commit.message = shortened(commit.message)
    commit.authorName = shortened(commit.authorName)
    commit.authorEmail = shortened(commit.authorEmail)
    if commit.avatarURL.utf8.count > maximumText { commit.avatarURL = "" }
    return commit
  }

  /// Cuts by scalars: a single character can have any number of them.
  private static func shortened(_ text: String) -> String {
    text.utf8.count <= maximumText ? text : String(text.unicodeScalars.prefix(maximumText))
  }
}
