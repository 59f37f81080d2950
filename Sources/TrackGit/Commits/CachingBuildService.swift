import EventLoop
public import TrackDomain

/// Remembers what another build service says of commits, which never changes, and asks it for what
/// is not known: one call at a time for each repository.
///
/// A caller waits no longer than its deadline; the call that it caused goes on, and the next caller
/// finds its answer. Calls are made by `run`: without it nobody is asked.
///
/// `@unchecked Sendable`: `lookups` is touched inside `lock` only.
public final class CachingBuildService: BuildService, @unchecked Sendable {
  /// How much is kept and for how long, in microseconds.
  public struct Limits: Sendable {
    /// The most commits that are kept.
    public var commits = 10_000
    /// How long a commit that was not found is not looked for again.
    public var unknownMicroseconds: Int64 = 60_000_000
    /// How long a source that failed is left alone.
    public var failureMicroseconds: Int64 = 5_000_000
    /// From when on nobody waits for a call that is under way.
    public var slowMicroseconds: Int64 = 4_000_000
    /// How long a call may take.
    public var callMicroseconds: Int64 = 120_000_000
    /// The most of each text of a commit that is kept, in Unicode code points.
    public var messageLength = 1024

    public init() {}
  }

  private let base: any BuildService
  private let limits: Limits
  private let now: @Sendable () -> Timestamp
  private let lock = Lock()
  private var lookups: CommitLookups
  private let starts: AsyncStream<CommitLookups.Lookup>
  private let starter: AsyncStream<CommitLookups.Lookup>.Continuation

  /// - Parameters:
  ///   - base: whom to ask.
  ///   - now: the wall clock.
  public init(
    _ base: any BuildService, limits: Limits = Limits(),
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.base = base
    self.limits = limits
    self.now = now
    lookups = CommitLookups(limits)
    (starts, starter) = AsyncStream.makeStream()
  }

  /// Makes the calls that callers cause. Returns, once they have ended, when its task is cancelled.
  public func run() async {
    await withDiscardingTaskGroup { group in
      for await lookup in starts {
        group.addTask { await self.perform(lookup) }
      }
      group.cancelAll()
    }
    let error = IntegrationError(.unavailable, "is not asked any more")
    for waiter in lock.withLock({ lookups.close(error) }) {
      waiter.yield(.failure(error))
      waiter.finish()
    }
  }

  private func perform(_ lookup: CommitLookups.Lookup) async {
    let answer: CommitLookups.Answer
    do throws(IntegrationError) {
      let commits = try await base.commitHistory(
        lookup.hashes.sorted(), component: lookup.component,
        deadline: now().before(microseconds: -limits.callMicroseconds))
      answer = .success(commits.mapValues(shortened))
    } catch {
      answer = .failure(error)
    }
    let (waiters, next) = lock.withLock {
      lookups.ended(lookup.component.repositoryURL, answer, at: now())
    }
    for waiter in waiters {
      waiter.yield(answer)
      waiter.finish()
    }
    if let next { starter.yield(next) }
  }

  private func shortened(_ commit: CommitInfo) -> CommitInfo {
    var commit = commit
    commit.message = shortened(commit.message)
    commit.authorName = shortened(commit.authorName)
    commit.authorEmail = shortened(commit.authorEmail)
    if commit.avatarURL.utf8.count > limits.messageLength { commit.avatarURL = "" }
    return commit
  }

  /// By scalars: a single character can have any number of them.
  private func shortened(_ text: String) -> String {
    text.utf8.count <= limits.messageLength
      ? text : String(text.unicodeScalars.prefix(limits.messageLength))
  }

  // MARK: BuildService

  public var commitSource: String { base.commitSource }

  public func buildStatuses(
    of images: [TrackImage], component: Component, deadline: Timestamp
  ) async throws(IntegrationError) -> [String: BuildStatus] {
    try await base.buildStatuses(of: images, component: component, deadline: deadline)
  }

  public func knownCommits(_ hashes: [String], component: Component) -> [String: CommitInfo] {
    lock.withLock { lookups.known(hashes, component) }
  }

  public func commitHistory(
    _ hashes: [String], component: Component, deadline: Timestamp
  ) async throws(IntegrationError) -> [String: CommitInfo] {
    let time = now()
    let (answers, waiter) = AsyncStream<CommitLookups.Answer>.makeStream()
    switch lock.withLock({ lookups.request(hashes, component, at: time, waiter: waiter) }) {
    case .answer(let commits): return commits
    case .fail(let error): throw error
    case .wait(let start):
      if let start { starter.yield(start) }
      let limit = Duration.microseconds(deadline.microseconds - time.microseconds)
      guard let answer = await Self.first(of: answers, atMost: limit) else {
        throw IntegrationError(.unavailable, "did not answer in time")
      }
      let found = try answer.get()
      return knownCommits(hashes, component: component)
        .merging(found.filter { hashes.contains($0.key) }) { known, _ in known }
    }
  }

  /// Nil after `limit`, and when the task is cancelled.
  private static func first(
    of answers: AsyncStream<CommitLookups.Answer>, atMost limit: Duration
  ) async -> CommitLookups.Answer? {
    if limit <= .zero { return nil }
    return await withTaskGroup(of: CommitLookups.Answer?.self) { group in
      group.addTask {
        for await answer in answers { return answer }
        return nil
      }
      group.addTask {
        try? await Task.sleep(for: limit)
        return nil
      }
      defer { group.cancelAll() }
      return await group.next() ?? nil
    }
  }
}
