import Synchronization
import Testing
import TrackDomain

@testable import TrackGit

@Suite(.timeLimit(.minutes(2))) struct CachingSourceRepositoryTests {
  private static let url = "https://git.example/a"
  private static let pair = CommitPair("a", comparedWith: "b")

  private func with(
    _ base: Repository, clock: ClockInHand = ClockInHand(),
    _ body: (CachingSourceRepository) async throws -> Void
  ) async throws {
    let source = CachingSourceRepository(base, now: { clock.now })
    let run = Task { await source.run() }
    do { try await body(source) } catch {
      run.cancel()
      throw error
    }
    run.cancel()
    await run.value
  }

  @Test func `an order is asked for once, and everything else each time`() async throws {
    let base = Repository()
    try await with(base) { (source) async throws in
      for _ in 0..<3 {
        #expect(
          try await source.ancestries(of: [Self.pair], repositoryURL: Self.url)
            == [Self.pair: .ancestor])
        #expect(try await source.resolve(.branch("main"), repositoryURL: Self.url) == "main")
        #expect(
          try await source.firstFile(
            of: ["f"], commit: "a", repositoryURL: Self.url, maximumBytes: 1) == nil)
        #expect(
          try await source.existing(["f"], commit: "a", repositoryURL: Self.url) == ["f": .file])
        #expect(try await source.commits(["a"], repositoryURL: Self.url).isEmpty)
      }
      #expect(base.asked == 1)
    }
  }

  @Test func `a dead repository is not asked each time`() async throws {
    let (base, clock) = (
      Repository(error: IntegrationError(.unavailable, "is dead")), ClockInHand()
    )
    try await with(base, clock: clock) { (source) async throws in
      for _ in 0..<5 {
        await #expect(throws: IntegrationError(.unavailable, "is dead")) {
          try await source.ancestries(of: [Self.pair], repositoryURL: Self.url)
        }
      }
      #expect(base.asked == 1)
      clock.advance(seconds: 5)
      await #expect(throws: IntegrationError.self) {
        try await source.ancestries(of: [Self.pair], repositoryURL: Self.url)
      }
      #expect(base.asked == 2)
    }
  }

  @Test func `who leaves does not end the call, and the next one has its answer`() async throws {
    let base = Repository(isOpen: false)
    try await with(base) { (source) async throws in
      let first = Task { try await source.ancestries(of: [Self.pair], repositoryURL: Self.url) }
      while base.asked == 0 { await Task.yield() }
      first.cancel()
      await #expect(throws: IntegrationError.self) { try await first.value }
      base.open()
      #expect(
        try await source.ancestries(of: [Self.pair], repositoryURL: Self.url)
          == [Self.pair: .ancestor])
      #expect(base.asked == 1)
    }
  }

  @Test func `nobody is asked when it does not run any more`() async throws {
    let base = Repository()
    let source = CachingSourceRepository(base, now: { Timestamp(microseconds: 0) })
    let run = Task { await source.run() }
    run.cancel()
    await run.value
    await #expect(throws: IntegrationError(.unavailable, "is not asked any more")) {
      try await source.ancestries(of: [Self.pair], repositoryURL: Self.url)
    }
    #expect(base.asked == 0)
  }
}

/// Answers, while it is open, that every commit is an ancestor.
private final class Repository: SourceRepository {
  private struct State {
    var asked = 0
    var isOpen: Bool
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>
  private let error: IntegrationError?

  init(isOpen: Bool = true, error: IntegrationError? = nil) {
    state = Mutex(State(isOpen: isOpen))
    self.error = error
  }

  var asked: Int { state.withLock { $0.asked } }

  func open() {
    let waiting = state.withLock {
      $0.isOpen = true
      return $0.waiting
    }
    waiting.forEach { $0.resume() }
  }

  func ancestries(
    of pairs: Set<CommitPair>, repositoryURL: String
  ) async throws(IntegrationError) -> [CommitPair: Ancestry] {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock {
        $0.asked += 1
        if !$0.isOpen { $0.waiting.append(continuation) }
        return $0.isOpen
      }
      if isOpen { continuation.resume() }
    }
    if let error { throw error }
    return Dictionary(uniqueKeysWithValues: pairs.map { ($0, .ancestor) })
  }

  func resolve(
    _ revision: SourceRevision, repositoryURL: String
  ) async throws(IntegrationError) -> String { "main" }

  func firstFile(
    of paths: [String], commit: String, repositoryURL: String, maximumBytes: Int
  ) async throws(IntegrationError) -> SourceFile? { nil }

  func existing(
    _ paths: [String], commit: String, repositoryURL: String
  ) async throws(IntegrationError) -> [String: SourcePresence] {
    Dictionary(uniqueKeysWithValues: paths.map { ($0, .file) })
  }

  func commits(
    _ hashes: [String], repositoryURL: String
  ) async throws(IntegrationError) -> [String: CommitInfo] { [:] }
}
