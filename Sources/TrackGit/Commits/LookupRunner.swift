import EventLoop
import TrackDomain

/// Answers questions about repositories whose answers never change: caches answers and asks for
/// unknown ones, one call at a time for each repository.
///
/// A caller stops waiting whenever it wants. The call that it caused goes on, and the next caller
/// finds the answer. `run` makes the calls: without it none is made.
///
/// `@unchecked Sendable`: `lookups` is touched inside `lock` only.
final class LookupRunner<Question: Hashable & Sendable, Answer: Sendable>: @unchecked Sendable {
  typealias Lookups = RepositoryLookups<Question, Answer>

  private let now: @Sendable () -> Timestamp
  private let lock = Lock()
  private var lookups: Lookups
  private let starts: AsyncStream<Lookups.Lookup>
  private let starter: AsyncStream<Lookups.Lookup>.Continuation

  /// - Parameter now: the wall clock.
  init(_ limits: LookupLimits, now: @escaping @Sendable () -> Timestamp) {
    self.now = now
    lookups = Lookups(limits)
    (starts, starter) = AsyncStream.makeStream()
  }

  /// Makes the calls that callers cause. Returns, once they have ended, when its task is cancelled.
  func run() async {
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

  private func perform(_ lookup: Lookups.Lookup) async {
    let answers: Lookups.Answers
    do throws(IntegrationError) {
      answers = .success(try await lookup.ask(lookup.questions))
    } catch {
      answers = .failure(error)
    }
    let (waiters, next) = lock.withLock {
      lookups.ended(lookup.repositoryURL, answers, at: now())
    }
    for waiter in waiters {
      waiter.yield(answers)
      waiter.finish()
    }
    if let next { starter.yield(next) }
  }

  /// The cached answers.
  func known(_ questions: [Question], of repositoryURL: String) -> [Question: Answer] {
    lock.withLock { lookups.known(questions, of: repositoryURL) }
  }

  /// The answers; questions without an answer are left out.
  ///
  /// - Parameters:
  ///   - patience: how long to wait. Cancelling ends the wait.
  ///   - ask: makes the call if one is needed; for these questions or others.
  /// - Throws: `.unavailable` without an answer in time, else the repository's failure.
  func answers(
    to questions: [Question], of repositoryURL: String, atMost patience: Duration,
    ask: @escaping Lookups.Ask
  ) async throws(IntegrationError) -> [Question: Answer] {
    let (stream, waiter) = AsyncStream<Lookups.Answers>.makeStream()
    let decision = lock.withLock {
      lookups.request(questions, of: repositoryURL, at: now(), waiter: waiter, ask: ask)
    }
    switch decision {
    case .answer(let answers): return answers
    case .fail(let error): throw error
    case .wait(let start):
      if let start { starter.yield(start) }
      guard let answer = await Self.first(of: stream, atMost: patience) else {
        throw IntegrationError(.unavailable, "did not answer in time")
      }
      let found = try answer.get()
      return known(questions, of: repositoryURL)
        .merging(found.filter { questions.contains($0.key) }) { known, _ in known }
    }
  }

  /// Nil after `limit`, and when the task is cancelled.
  private static func first(
    of answers: AsyncStream<Lookups.Answers>, atMost limit: Duration
  ) async -> Lookups.Answers? {
    if limit <= .zero { return nil }
    return await withTaskGroup(of: Lookups.Answers?.self) { group in
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
