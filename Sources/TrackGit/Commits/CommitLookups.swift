import TrackDomain

/// Which commits are known, which are being looked up, and for whom: the state of
/// `CachingBuildService`, without threads and clocks.
///
/// A repository has one lookup at a time. What is asked for meanwhile, and is not part of it, waits
/// for the next one, so that a crowd costs a source one call.
struct CommitLookups {
  typealias Answer = Result<[String: CommitInfo], IntegrationError>
  typealias Waiter = AsyncStream<Answer>.Continuation

  /// One call of a source.
  struct Lookup: Sendable {
    let component: Component
    var hashes: Set<String>
    var waiters: [Waiter] = []
    var startedAt: Timestamp?
  }

  /// What is to be done with a request.
  enum Decision {
    /// All is known.
    case answer([String: CommitInfo])
    /// Nobody is asked: the source failed a moment ago, or is slow.
    case fail(IntegrationError)
    /// The waiter hears of it; `start` is to be begun now.
    case wait(start: Lookup?)
  }

  private struct Key: Hashable {
    let repositoryURL: String
    let hash: String
  }

  private enum Entry {
    case commit(CommitInfo)
    /// The source did not know it: it may later, when somebody has pushed.
    case unknown(until: Timestamp)
  }

  private struct Failure {
    let error: IntegrationError
    let until: Timestamp
  }

  private struct Source {
    var active: Lookup
    var next: Lookup?
  }

  private var entries: LRUCache<Key, Entry>
  private var failures = LRUCache<String, Failure>(capacity: 1000)
  private var sources: [String: Source] = [:]
  private var closed: IntegrationError?
  private let limits: CachingBuildService.Limits

  init(_ limits: CachingBuildService.Limits) {
    self.limits = limits
    entries = LRUCache(capacity: limits.commits)
  }

  // MARK: Asking

  /// What is known of these commits.
  mutating func known(_ hashes: [String], _ component: Component) -> [String: CommitInfo] {
    var known: [String: CommitInfo] = [:]
    for hash in hashes {
      if case .commit(let commit)? = entries.value(key(hash, component)) { known[hash] = commit }
    }
    return known
  }

  mutating func request(
    _ hashes: [String], _ component: Component, at now: Timestamp, waiter: Waiter
  ) -> Decision {
    let missing = Set(hashes.filter { isMissing(key($0, component), at: now) })
    if missing.isEmpty { return .answer(known(hashes, component)) }
    if let closed { return .fail(closed) }
    let repository = component.repositoryURL
    if let failure = failures.value(repository), failure.until > now {
      return .fail(failure.error)
    }
    guard var source = sources[repository] else {
      let lookup = Lookup(
        component: component, hashes: missing, waiters: [waiter], startedAt: now)
      sources[repository] = Source(active: lookup)
      return .wait(start: lookup)
    }
    if let startedAt = source.active.startedAt,
      startedAt.before(microseconds: -limits.slowMicroseconds) <= now
    {
      enqueue(missing, component, nil, in: &source)
      sources[repository] = source
      return .fail(IntegrationError(.unavailable, "has not answered yet"))
    }
    enqueue(missing, component, waiter, in: &source)
    sources[repository] = source
    return .wait(start: nil)
  }

  private func enqueue(
    _ missing: Set<String>, _ component: Component, _ waiter: Waiter?, in source: inout Source
  ) {
    let waiters = waiter.map { [$0] } ?? []
    if missing.isSubset(of: source.active.hashes) {
      source.active.waiters += waiters
    } else if source.next == nil {
      source.next = Lookup(component: component, hashes: missing, waiters: waiters)
    } else if let count = source.next?.hashes.count, count + missing.count <= limits.commits {
      source.next?.hashes.formUnion(missing)
      source.next?.waiters += waiters
    } else {
      waiters.forEach {
        $0.yield(.failure(IntegrationError(.unavailable, "is asked for too much")))
        $0.finish()
      }
    }
  }

  private mutating func isMissing(_ key: Key, at now: Timestamp) -> Bool {
    switch entries.value(key) {
    case .commit: false
    case .unknown(let until): until <= now
    case nil: true
    }
  }

  // MARK: Answers

  /// Keeps the answer to the lookup of a repository that was under way.
  ///
  /// - Returns: who waits for it, and the lookup that is to be begun now.
  mutating func ended(
    _ repositoryURL: String, _ answer: Answer, at now: Timestamp
  ) -> (waiters: [Waiter], start: Lookup?) {
    guard let source = sources.removeValue(forKey: repositoryURL) else { return ([], nil) }
    switch answer {
    case .success(let commits):
      for hash in source.active.hashes {
        let entry =
          commits[hash].map(Entry.commit)
          ?? .unknown(until: now.before(microseconds: -limits.unknownMicroseconds))
        entries.set(key(hash, source.active.component), entry)
      }
    case .failure(let error):
      failures.set(
        repositoryURL,
        Failure(error: error, until: now.before(microseconds: -limits.failureMicroseconds)))
    }
    guard var next = source.next, closed == nil, case .success = answer else {
      return (source.active.waiters + (source.next?.waiters ?? []), nil)
    }
    next.startedAt = now
    sources[repositoryURL] = Source(active: next)
    return (source.active.waiters, next)
  }

  /// Nobody is asked from now on.
  ///
  /// - Returns: who waits.
  mutating func close(_ error: IntegrationError) -> [Waiter] {
    closed = error
    defer { sources = [:] }
    return sources.values.flatMap { $0.active.waiters + ($0.next?.waiters ?? []) }
  }

  private func key(_ hash: String, _ component: Component) -> Key {
    Key(repositoryURL: component.repositoryURL, hash: hash)
  }
}
