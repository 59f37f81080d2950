import Testing
import TrackDomain

@testable import TrackGit

/// The state of lookups, without threads, on a clock that tests move.
@Suite(.timeLimit(.minutes(2))) struct RepositoryLookupsTests {
  private typealias Lookups = RepositoryLookups<String, Int>

  private static let url = "https://git.example/a"
  private static let down = IntegrationError(.unavailable, "is down")

  /// Lookups with a clock.
  private struct Bench {
    var lookups: Lookups
    var now = Timestamp(microseconds: 1_800_000_000_000_000)

    init(_ change: (inout LookupLimits) -> Void = { _ in }) {
      var limits = LookupLimits()
      limits.unknownMicroseconds = 60
      limits.failureMicroseconds = 5
      limits.maximumFailureMicroseconds = 18
      limits.slowMicroseconds = 4
      change(&limits)
      lookups = Lookups(limits)
    }

    /// The decision as text: the answers, an error's message, the questions of a call that begins,
    /// or `waits`.
    mutating func ask(_ questions: String..., of url: String = RepositoryLookupsTests.url) -> String
    {
      ask(questions, of: url)
    }

    mutating func ask(_ questions: [String], of url: String) -> String {
      let (_, waiter) = AsyncStream<Lookups.Answers>.makeStream()
      switch lookups.request(questions, of: url, at: now, waiter: waiter, ask: { _ in [:] }) {
      case .answer(let answers):
        return answers.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
          .joined(separator: " ")
      case .fail(let error): return error.message
      case .wait(let start):
        guard let start else { return "waits" }
        return "asks " + start.questions.sorted().joined(separator: " ")
      }
    }

    /// Ends the running call. Returns the number of its waiters, and the questions of the next
    /// call.
    mutating func end(
      _ answers: Lookups.Answers, of url: String = RepositoryLookupsTests.url
    ) -> (waiters: Int, next: [String]?) {
      let (waiters, next) = lookups.ended(url, answers, at: now)
      return (waiters.count, next?.questions.sorted())
    }

    mutating func wait(_ microseconds: Int64) { now = now.after(microseconds: microseconds) }
  }

  @Test func `what is known is never asked again, and what had no answer is, after its time`() {
    var bench = Bench()
    #expect(bench.ask("a", "b", "b") == "asks a b")
    var ended = bench.end(.success(["a": 1, "x": 9]))
    #expect(ended.waiters == 1 && ended.next == nil)
    // Answers to questions that no caller asked are not kept.
    #expect(bench.lookups.known(["a", "b", "x"], of: Self.url) == ["a": 1])
    bench.wait(59)
    #expect(bench.ask("a", "b") == "a=1")
    bench.wait(1)
    #expect(bench.ask("a", "b") == "asks b")
    ended = bench.end(.success(["b": 2]))
    bench.wait(1_000_000_000_000)
    #expect(bench.ask("a", "b") == "a=1 b=2")
  }

  @Test func `repositories are kept apart`() {
    var bench = Bench()
    #expect(bench.ask("a") == "asks a")
    #expect(bench.ask("a", of: "other") == "asks a")
    _ = bench.end(.success(["a": 1]))
    #expect(bench.ask("a", of: "other") == "waits")
    _ = bench.end(.failure(Self.down), of: "other")
    #expect(bench.ask("a", of: "other") == "is down" && bench.ask("a") == "a=1")
    #expect(bench.lookups.known(["a"], of: "other").isEmpty)
  }

  @Test func `a crowd costs one call, and who comes meanwhile with more another one`() {
    var bench = Bench()
    #expect(bench.ask("a", "b") == "asks a b")
    for _ in 0..<5 { #expect(bench.ask("b") == "waits") }
    #expect(bench.ask("b", "c") == "waits" && bench.ask("d") == "waits")
    let ended = bench.end(.success(["a": 1, "b": 2]))
    // Questions that have been answered meanwhile are not asked.
    #expect(ended.waiters == 6 && ended.next == ["c", "d"])
    #expect(bench.ask("d") == "waits")
    let last = bench.end(.success(["c": 3]))
    #expect(last.waiters == 3 && last.next == nil)
    #expect(bench.ask("b", "c", "d") == "b=2 c=3")
  }

  @Test func `who waits for what was answered meanwhile hears of it at once`() {
    var bench = Bench { $0.unknownMicroseconds = 0 }
    #expect(bench.ask("a", "b") == "asks a b" && bench.ask("a", "b", "c") == "waits")
    // The second caller's `a` and `b` are answered: only `c` is asked.
    let ended = bench.end(.success(["a": 1, "b": 2]))
    #expect(ended.waiters == 1 && ended.next == ["c"])
    let last = bench.end(.success(["c": 3]))
    #expect(last.waiters == 1 && last.next == nil)
    #expect(bench.ask("a", "b", "c") == "a=1 b=2 c=3")
  }

  @Test func `nobody waits for a call that is slow, and what they asked for is asked next`() {
    var bench = Bench()
    #expect(bench.ask("a") == "asks a")
    bench.wait(3)
    #expect(bench.ask("a") == "waits")
    bench.wait(1)
    #expect(bench.ask("a") == "has not answered yet" && bench.ask("b") == "has not answered yet")
    let ended = bench.end(.success(["a": 1]))
    #expect(ended.waiters == 2 && ended.next == ["b"])
    // The next call has its full time.
    #expect(bench.ask("b") == "waits")
    let last = bench.end(.success(["b": 2]))
    #expect(last.waiters == 1)
  }

  @Test func `a repository that failed is left alone for its time, and all who wait hear of it`() {
    var bench = Bench()
    #expect(bench.ask("a") == "asks a" && bench.ask("b") == "waits")
    let ended = bench.end(.failure(Self.down))
    #expect(ended.waiters == 2 && ended.next == nil)
    bench.wait(4)
    #expect(bench.ask("a") == "is down")
    bench.wait(1)
    #expect(bench.ask("a") == "asks a")
  }

  @Test func `a repository that fails again is left alone for longer, until it answers`() {
    var bench = Bench()
    for pause in [5, 10, 18, 18] as [Int64] {
      #expect(bench.ask("a") == "asks a")
      _ = bench.end(.failure(Self.down))
      bench.wait(pause - 1)
      #expect(bench.ask("a") == "is down")
      bench.wait(1)
    }
    #expect(bench.ask("a") == "asks a")
    _ = bench.end(.success(["a": 1]))
    #expect(bench.ask("b") == "asks b")
    _ = bench.end(.failure(Self.down))
    bench.wait(5)
    #expect(bench.ask("b") == "asks b")
  }

  @Test func `a clock that is set back leaves nobody alone for longer`() {
    var bench = Bench()
    #expect(bench.ask("a", "b") == "asks a b")
    _ = bench.end(.success(["a": 1]))
    #expect(bench.ask("c") == "asks c")
    _ = bench.end(.failure(Self.down))
    #expect(bench.ask("c") == "is down")
    bench.wait(-1)
    #expect(bench.ask("b", "c") == "asks b c")
  }

  @Test func `a call has as many questions as it may, and what is known is as much`() {
    var bench = Bench { $0.answers = 3 }
    #expect(bench.ask("a") == "asks a")
    #expect(bench.ask("b", "c") == "waits" && bench.ask("c", "d") == "waits")
    #expect(bench.ask("e") == "is asked for too much")
    #expect(bench.ask("b", "d") == "waits")
    let ended = bench.end(.success(["a": 1]))
    #expect(ended.waiters == 1 && ended.next == ["b", "c", "d"])
    let last = bench.end(.success(["b": 2, "c": 3, "d": 4]))
    #expect(last.waiters == 3)
    #expect(bench.ask("b", "c", "d") == "b=2 c=3 d=4")
    #expect(bench.ask("a") == "asks a")
  }

  @Test func `failures of as many repositories are remembered as may be`() {
    var bench = Bench { $0.failures = 2 }
    for url in ["x", "y", "z"] {
      #expect(bench.ask("a", of: url) == "asks a")
      _ = bench.end(.failure(Self.down), of: url)
    }
    #expect(bench.ask("a", of: "z") == "is down" && bench.ask("a", of: "y") == "is down")
    #expect(bench.ask("a", of: "x") == "asks a")
  }

  @Test func `once it is closed, nobody is asked, all hear of it, and what is known is told`() {
    var bench = Bench()
    _ = bench.ask("a")
    _ = bench.end(.success(["a": 1]))
    #expect(bench.ask("b") == "asks b" && bench.ask("c") == "waits")
    #expect(bench.ask("d", of: "other") == "asks d")
    let closing = IntegrationError(.unavailable, "is closed")
    #expect(bench.lookups.close(closing).count == 3)
    #expect(bench.ask("b") == "is closed" && bench.ask("a") == "a=1")
    let late = bench.end(.success(["b": 2]))
    #expect(late.waiters == 0 && late.next == nil)
  }
}
