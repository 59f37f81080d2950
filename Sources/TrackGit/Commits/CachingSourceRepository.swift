public import TrackDomain

/// Remembers what a source repository says of the order of commits, which never changes, and leaves
/// alone for a while one that failed or is slow. Everything else is asked as it comes.
///
/// The call that a caller caused goes on when it waits no longer, and the next caller finds its
/// answer. Calls are made by `run`: without it nobody is asked for the order of commits.
public final class CachingSourceRepository: SourceRepository {
  private let base: any SourceRepository
  private let limits: LookupLimits
  private let runner: LookupRunner<CommitPair, Ancestry>

  /// - Parameters:
  ///   - base: whom to ask.
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
