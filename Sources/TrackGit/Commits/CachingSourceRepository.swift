public import TrackDomain

/// Caches the order of commits in a source repository, which never changes, and pauses after a
/// failure or a slow answer. Passes all other calls on.
///
/// The call that a caller caused goes on when the caller stops waiting, and the next caller finds
/// the answer. `run` makes the calls for the order of commits: without it none is made.
public final class CachingSourceRepository: SourceRepository {
  private let base: any SourceRepository
  private let limits: LookupLimits
  private let runner: LookupRunner<CommitPair, Ancestry>

  /// - Parameters:
  ///   - base: the repository to ask.
  ///   - now: the wall clock.
  public init(
    _ base: any SourceRepository, limits: LookupLimits = LookupLimits(),
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.base = base
    self.limits = limits
    runner = LookupRunner(limits, now: now)
  }

  /// Makes the calls that callers cause. Returns, once they have ended, when its task is cancelled.
  public func run() async { await runner.run() }

  public func ancestries(
    of pairs: Set<CommitPair>, repositoryURL: String
  ) async throws(IntegrationError) -> [CommitPair: Ancestry] {
    try await runner.answers(
      to: Array(pairs), of: repositoryURL, atMost: .microseconds(limits.callMicroseconds)
    ) { [base] (pairs) async throws(IntegrationError) in
      try await base.ancestries(of: pairs, repositoryURL: repositoryURL)
    }
  }

  public func resolve(
    _ revision: SourceRevision, repositoryURL: String
  ) async throws(IntegrationError) -> String {
    try await base.resolve(revision, repositoryURL: repositoryURL)
  }

  public func firstFile(
    of paths: [String], commit: String, repositoryURL: String, maximumBytes: Int
  ) async throws(IntegrationError) -> SourceFile? {
    try await base.firstFile(
      of: paths, commit: commit, repositoryURL: repositoryURL, maximumBytes: maximumBytes)
  }

  public func existing(
    _ paths: [String], commit: String, repositoryURL: String
  ) async throws(IntegrationError) -> [String: SourcePresence] {
    try await base.existing(paths, commit: commit, repositoryURL: repositoryURL)
  }

  public func commits(
    _ hashes: [String], repositoryURL: String
  ) async throws(IntegrationError) -> [String: CommitInfo] {
    try await base.commits(hashes, repositoryURL: repositoryURL)
  }
}
