import TrackDomain

/// Which questions about repositories are answered, which are being asked, and for whom: the state of
/// `LookupRunner`, without threads and clocks.
///
/// A repository has one lookup at a time. What is asked for meanwhile, and is not part of it, waits
/// for the next one, so that a crowd costs a repository one call.
struct RepositoryLookups<Question: Hashable & Sendable, Answer: Sendable> {
  typealias Answers = Result<[Question: Answer], IntegrationError>
  typealias Waiter = AsyncStream<Answers>.Continuation
  /// Asks; questions that have no answer are left out.
  typealias Ask =
    @Sendable (_ questions: Set<Question>) async throws(IntegrationError) -> [Question: Answer]

  /// One call.
  struct Lookup: Sendable {
    let repositoryURL: String
    let ask: Ask
    var questions: Set<Question>
    var waiters: [Waiter] = []
    var startedAt: Timestamp?
  }

  /// What is to be done with a request.
  enum Decision {
    /// All is known.
    case answer([Question: Answer])
    /// Nobody is asked: the repository failed a moment ago, or is slow.
    case fail(IntegrationError)
    /// The waiter hears of it; `start` is to be begun now.
    case wait(start: Lookup?)
  }

  private struct Key: Hashable {
    let repositoryURL: String
    let question: Question
  }

  private enum Entry {
    case answer(Answer)
    /// There was no answer: there may be one later, when somebody has pushed.
    case unknown(Pause)
  }

  private struct Failure {
    let error: IntegrationError
    /// How long the pause is; the next one is twice as long.
    let microseconds: Int64
    let pause: Pause
  }

  /// A time in which nobody is asked. A clock that was set back ends it, too.
  private struct Pause {
    let start: Timestamp
    let end: Timestamp

    init(_ microseconds: Int64, from now: Timestamp) {
      start = now
      end = now.after(microseconds: microseconds)
    }

    func contains(_ time: Timestamp) -> Bool { start <= time && time < end }
  }

  private struct Source {
    var active: Lookup
    var next: Lookup?
  }

  private var entries: LRUCache<Key, Entry>
  /// The last failure of each repository; nil for one that has answered since.
  private var failures: LRUCache<String, Failure?>
  private var sources: [String: Source] = [:]
  private var closed: IntegrationError?
  private let limits: LookupLimits

  init(_ limits: LookupLimits) {
    self.limits = limits
    entries = LRUCache(capacity: limits.answers)
    failures = LRUCache(capacity: limits.failures)
  }

  // MARK: Asking

  /// What is known.
  mutating func known(_ questions: [Question], of repositoryURL: String) -> [Question: Answer] {
    var known: [Question: Answer] = [:]
    for question in questions {
      if case .answer(let answer)? = entries.value(
        Key(repositoryURL: repositoryURL, question: question))
      {
        known[question] = answer
      }
    }
    return known
  }

  mutating func request(
    _ questions: [Question], of repositoryURL: String, at now: Timestamp, waiter: Waiter,
    ask: @escaping Ask
  ) -> Decision {
    let missing = Set(
      questions.filter { isMissing(Key(repositoryURL: repositoryURL, question: $0), at: now) })
    if missing.isEmpty { return .answer(known(questions, of: repositoryURL)) }
    if let closed { return .fail(closed) }
    if let failure = failures.value(repositoryURL) ?? nil, failure.pause.contains(now) {
      return .fail(failure.error)
    }
    var lookup = Lookup(
      repositoryURL: repositoryURL, ask: ask, questions: missing, waiters: [waiter])
    guard var source = sources[repositoryURL] else {
      lookup.startedAt = now
      sources[repositoryURL] = Source(active: lookup)
      return .wait(start: lookup)
    }
    let isSlow =
      source.active.startedAt.map { $0.after(microseconds: limits.slowMicroseconds) <= now }
      ?? false
    if isSlow { lookup.waiters = [] }
    let isTaken = enqueue(lookup, in: &source)
    sources[repositoryURL] = source
    if isSlow { return .fail(IntegrationError(.unavailable, "has not answered yet")) }
    if !isTaken { return .fail(IntegrationError(.unavailable, "is asked for too much")) }
    return .wait(start: nil)
  }

  /// False when too much waits already.
  private func enqueue(_ lookup: Lookup, in source: inout Source) -> Bool {
    if lookup.questions.isSubset(of: source.active.questions) {
      source.active.waiters += lookup.waiters
      return true
    }
    guard var next = source.next else {
      source.next = lookup
      return true
    }
    let questions = next.questions.union(lookup.questions)
    guard questions.count <= limits.answers else { return false }
    next.questions = questions
    next.waiters += lookup.waiters
    source.next = next
    return true
  }

  private mutating func isMissing(_ key: Key, at now: Timestamp) -> Bool {
    switch entries.value(key) {
    case .answer: false
    case .unknown(let pause): !pause.contains(now)
    case nil: true
    }
  }

  // MARK: Answers

  /// Keeps the answers to the lookup of a repository that was under way.
  ///
  /// - Returns: who waits for them, and the lookup that is to be begun now.
  mutating func ended(
    _ repositoryURL: String, _ answers: Answers, at now: Timestamp
  ) -> (waiters: [Waiter], start: Lookup?) {
    guard let source = sources.removeValue(forKey: repositoryURL) else { return ([], nil) }
    let failed = failures.value(repositoryURL) ?? nil
    switch answers {
    case .success(let answers):
      if failed != nil { failures.set(repositoryURL, nil) }
      for question in source.active.questions {
        let entry =
          answers[question].map(Entry.answer)
          ?? .unknown(Pause(limits.unknownMicroseconds, from: now))
        entries.set(Key(repositoryURL: repositoryURL, question: question), entry)
      }
    case .failure(let error):
      let microseconds = min(
        failed.map { $0.microseconds * 2 } ?? limits.failureMicroseconds,
        limits.maximumFailureMicroseconds)
      failures.set(
        repositoryURL,
        Failure(
          error: error, microseconds: microseconds, pause: Pause(microseconds, from: now)))
    }
    guard var next = source.next, closed == nil, case .success = answers else {
      return (source.active.waiters + (source.next?.waiters ?? []), nil)
    }
    // Some of it may have been answered just now.
    next.questions = next.questions.filter {
      isMissing(Key(repositoryURL: repositoryURL, question: $0), at: now)
    }
    if next.questions.isEmpty { return (source.active.waiters + next.waiters, nil) }
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
}
