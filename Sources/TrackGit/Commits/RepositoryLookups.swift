import TrackDomain

/// The state of `LookupRunner`, without threads and clocks: which questions have answers, which are
/// being asked, and which waiters need them.
///
/// A repository has one lookup at a time. Questions that arrive meanwhile and are not part of it
/// wait for the next lookup, so that a crowd of callers costs a repository one call.
struct RepositoryLookups<Question: Hashable & Sendable, Answer: Sendable> {
  typealias Answers = Result<[Question: Answer], IntegrationError>
  typealias Waiter = AsyncStream<Answers>.Continuation
  /// Asks; questions without an answer are left out.
  typealias Ask =
    @Sendable (_ questions: Set<Question>) async throws(IntegrationError) -> [Question: Answer]

  /// One call to a repository.
  struct Lookup: Sendable {
    let repositoryURL: String
    let ask: Ask
    var questions: Set<Question>
    var waiters: [Waiter] = []
    var startedAt: Timestamp?
  }

  /// How to serve a request.
  enum Decision {
    /// All answers are cached.
    case answer([Question: Answer])
    /// No call is made: the repository failed recently, or is slow.
    case fail(IntegrationError)
    /// The waiter will get an answer; if `start` is set, begin that lookup now.
    case wait(start: Lookup?)
  }

  private struct Key: Hashable {
    let repositoryURL: String
    let question: Question
  }

  private enum Entry {
    case answer(Answer)
    /// There was no answer. A push to the repository may add one later.
    case unknown(Pause)
  }

  private struct Failure {
    let error: IntegrationError
    /// The length of the pause; the next one is twice as long.
    let microseconds: Int64
    let pause: Pause
  }

  /// A time without calls. It also ends when the clock was set back.
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
  /// The last failure of each repository; nil after an answer.
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

  /// The cached answers.
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

  /// False when too many questions wait already.
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

  /// Records the answers of the repository's running lookup.
  ///
  /// - Returns: the waiters for them, and the next lookup to begin.
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
    // The lookup that just ended may have answered some of them.
    next.questions = next.questions.filter {
      isMissing(Key(repositoryURL: repositoryURL, question: $0), at: now)
    }
    if next.questions.isEmpty { return (source.active.waiters + next.waiters, nil) }
    next.startedAt = now
    sources[repositoryURL] = Source(active: next)
    return (source.active.waiters, next)
  }

  /// From now on no call is made.
  ///
  /// - Returns: all waiters.
  mutating func close(_ error: IntegrationError) -> [Waiter] {
    closed = error
    defer { sources = [:] }
    return sources.values.flatMap { $0.active.waiters + ($0.next?.waiters ?? []) }
  }
}
