import EventLoop
import Testing
import TrackDomain
import TrackGit

@Suite(.timeLimit(.minutes(2))) struct CachingBuildServiceTests {
  private let component = Component(
    id: "cart", projectId: "shop", type: .service, repositoryURL: "https://git.example/cart")

  /// Runs `body` while the service makes calls.
  private func with(
    _ base: Source, limits: LookupLimits = LookupLimits(),
    _ body: (CachingBuildService) async throws -> Void
  ) async throws {
    let service = CachingBuildService(base, limits: limits, now: { base.now })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await service.run() }
      do {
        try await body(service)
      } catch {
        base.open()
        group.cancelAll()
        throw error
      }
      base.open()
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  private func later(_ source: Source) -> Timestamp { source.now.before(microseconds: -60_000_000) }

  @Test func `asks for what it does not know, and never again`() async throws {
    let source = Source(known: ["a", "b", "c"])
    try await with(source) { (service) async throws in
      let first = try await service.commitHistory(
        ["a", "b"], component: component, deadline: later(source))
      #expect(first == ["a": Source.commit("a"), "b": Source.commit("b")])
      let second = try await service.commitHistory(
        ["b", "c"], component: component, deadline: later(source))
      #expect(second == ["b": Source.commit("b"), "c": Source.commit("c")])
      source.advance(seconds: 1_000_000)
      _ = try await service.commitHistory(
        ["a", "b", "c"], component: component, deadline: later(source))
      #expect(source.asked == [["a", "b"], ["c"]])
      #expect(service.knownCommits(["a", "x"], component: component) == ["a": Source.commit("a")])
      #expect(service.commitSource == "repository")
    }
  }

  @Test func `keeps repositories apart, and components that have none`() async throws {
    let source = Source(known: ["a"])
    try await with(source) { (service) async throws in
      var (other, bare, bareToo) = (component, component, component)
      other.repositoryURL = "https://git.example/other"
      bare.repositoryURL = ""
      bareToo.id = "site"
      bareToo.repositoryURL = ""
      for component in [component, other, bare, bareToo] {
        _ = try await service.commitHistory(
          ["a"], component: component, deadline: later(source))
      }
      #expect(source.asked == [["a"], ["a"], ["a"], ["a"]])
      #expect(service.knownCommits(["a"], component: bare) == ["a": Source.commit("a")])
    }
  }

  @Test func `makes one call for a crowd, and one for those who come meanwhile`() async throws {
    let source = Source(known: ["a", "b", "c"], isOpen: false)
    try await with(source) { (service) async throws in
      try await withThrowingTaskGroup(of: Int.self) { group in
        group.addTask {
          try await service.commitHistory(
            ["a"], component: component, deadline: later(source)
          ).count
        }
        await source.waitUntilAsked()
        for hash in ["a", "b", "c", "a", "b"] {
          group.addTask {
            try await service.commitHistory(
              [hash], component: component, deadline: later(source)
            ).count
          }
        }
        source.open()
        for try await count in group { #expect(count == 1) }
      }
      #expect(source.asked.first == ["a"])
      #expect(Set(source.asked.joined()) == ["a", "b", "c"])
      #expect(source.asked.joined().count == 3)
    }
  }

  @Test func `lets a caller go at its deadline, and its call go on`() async throws {
    let source = Source(known: ["a"], isOpen: false)
    try await with(source) { (service) async throws in
      await #expect(throws: IntegrationError.self) {
        try await service.commitHistory(
          ["a"], component: component, deadline: source.now.before(microseconds: -20_000))
      }
      await source.waitUntilAsked()
      await #expect(throws: IntegrationError.self) {
        try await service.commitHistory(["a"], component: component, deadline: source.now)
      }
      source.open()
      let commits = try await service.commitHistory(
        ["a"], component: component, deadline: later(source))
      #expect(commits.count == 1)
      #expect(source.asked == [["a"]])
      #expect(
        source.deadlines == [source.now.after(microseconds: LookupLimits().callMicroseconds)])
    }
  }

  @Test func `does not wait for a source that is slow already`() async throws {
    let source = Source(known: ["a"], isOpen: false)
    try await with(source) { (service) async throws in
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          _ = try? await service.commitHistory(
            ["a"], component: component, deadline: later(source))
        }
        await source.waitUntilAsked()
        source.advance(seconds: 5)
        // Would otherwise wait for a minute.
        await #expect(throws: IntegrationError.self) {
          try await service.commitHistory(["a"], component: component, deadline: later(source))
        }
        source.open()
      }
      #expect(source.asked == [["a"]])
    }
  }

  @Test func `looks for unknown commits again after a while`() async throws {
    let source = Source(known: [])
    try await with(source) { (service) async throws in
      for _ in 0..<2 {
        let none = try await service.commitHistory(
          ["a"], component: component, deadline: later(source))
        #expect(none.isEmpty)
      }
      #expect(source.asked.count == 1)
      source.advance(seconds: 61)
      _ = try await service.commitHistory(["a"], component: component, deadline: later(source))
      #expect(source.asked.count == 2)
    }
  }

  @Test func `leaves a source alone that failed, and says what it knows`() async throws {
    let source = Source(known: ["a", "b"])
    try await with(source) { (service) async throws in
      _ = try await service.commitHistory(["a"], component: component, deadline: later(source))
      source.fail(true)
      for _ in 0..<3 {
        await #expect(throws: IntegrationError(.unavailable, "is down")) {
          try await service.commitHistory(
            ["a", "b"], component: component, deadline: later(source))
        }
      }
      #expect(source.asked.count == 2)
      #expect(
        service.knownCommits(["a", "b"], component: component) == ["a": Source.commit("a")])
      source.fail(false)
      source.advance(seconds: 6)
      let commits = try await service.commitHistory(
        ["a", "b"], component: component, deadline: later(source))
      #expect(commits.count == 2)
    }
  }

  @Test func `forgets what was not used for the longest time`() async throws {
    var limits = LookupLimits()
    limits.answers = 2
    let source = Source(known: ["a", "b", "c"])
    try await with(source, limits: limits) { (service) async throws in
      for hash in ["a", "b", "a", "c", "a", "b"] {
        _ = try await service.commitHistory([hash], component: component, deadline: later(source))
      }
      #expect(source.asked == [["a"], ["b"], ["c"], ["b"]])
    }
  }

  @Test func `one character without end is a long message`() async throws {
    let hash = "a" + String(repeating: "\u{301}", count: 100_000)
    let source = Source(known: [hash])
    try await with(source) { (service) async throws in
      for _ in 0..<2 {
        let commits = try await service.commitHistory(
          [hash], component: component, deadline: later(source))
        let commit = try #require(commits[hash])
        for text in [commit.message, commit.authorName, commit.authorEmail] {
          #expect(text.unicodeScalars.count == 1024)
        }
        // A part of a URL is no avatar.
        #expect(commit.avatarURL == "")
      }
    }
  }

  @Test func `who waits for the next call when it ends is told at once`() async throws {
    let source = Source(known: ["a", "b"], isOpen: false)
    let service = CachingBuildService(source, now: { source.now })
    let run = Task { await service.run() }
    let asking = ["a", "b"].map { hash in
      Task.immediate {
        try await service.commitHistory([hash], component: component, deadline: later(source))
      }
    }
    await source.waitUntilAsked()
    run.cancel()
    source.open()
    await run.value
    #expect(try await asking[0].value.count == 1)
    await #expect(throws: IntegrationError(.unavailable, "is not asked any more")) {
      try await asking[1].value
    }
  }

  @Test func `answers nobody any more once it has ended`() async throws {
    let source = Source(known: ["a"])
    let service = CachingBuildService(source, now: { source.now })
    let run = Task { await service.run() }
    run.cancel()
    await run.value
    await #expect(throws: IntegrationError.self) {
      try await service.commitHistory(["a"], component: component, deadline: later(source))
    }
    #expect(source.asked.isEmpty)
  }
}

/// A build service that records its calls, and answers while it is open.
///
/// `@unchecked Sendable`: `unguarded` is touched in `withState` only.
private final class Source: BuildService, @unchecked Sendable {
  private struct State {
    var asked: [[String]] = []
    var isOpen: Bool
    var isFailing = false
    var now = Timestamp(microseconds: 1_800_000_000_000_000)
    var deadlines: [Timestamp] = []
    var blocked: [CheckedContinuation<Void, Never>] = []
    var watchers: [CheckedContinuation<Void, Never>] = []
  }

  private let known: Set<String>
  private let lock = Lock()
  private var unguarded: State

  init(known: Set<String>, isOpen: Bool = true) {
    self.known = known
    unguarded = State(isOpen: isOpen)
  }

  private func withState<Result>(_ body: (inout State) -> Result) -> Result {
    lock.withLock { body(&unguarded) }
  }

  static func commit(_ hash: String) -> CommitInfo {
    CommitInfo(
      hash: hash, authorName: "Ada \(hash)", authorEmail: "ada@example.com \(hash)",
      authoredAt: Timestamp(microseconds: 1), avatarURL: "https://avatars.example/\(hash)",
      message: "Fix \(hash)")
  }

  var asked: [[String]] { withState { $0.asked } }
  var deadlines: [Timestamp] { withState { $0.deadlines } }
  var now: Timestamp { withState { $0.now } }

  func advance(seconds: Int64) {
    withState { $0.now = $0.now.before(microseconds: -seconds * 1_000_000) }
  }

  func fail(_ isFailing: Bool) { withState { $0.isFailing = isFailing } }

  func open() {
    let blocked = withState { state in
      state.isOpen = true
      defer { state.blocked = [] }
      return state.blocked
    }
    blocked.forEach { $0.resume() }
  }

  func waitUntilAsked() async {
    await withCheckedContinuation { continuation in
      let isAsked = withState { state in
        if state.asked.isEmpty { state.watchers.append(continuation) }
        return !state.asked.isEmpty
      }
      if isAsked { continuation.resume() }
    }
  }

  var commitSource: String { "repository" }

  func buildStatuses(
    of images: [TrackImage], component: Component, deadline: Timestamp
  ) async throws(IntegrationError) -> [String: BuildStatus] { [:] }

  func commitHistory(
    _ hashes: [String], component: Component, deadline: Timestamp
  ) async throws(IntegrationError) -> [String: CommitInfo] {
    let watchers = withState { state in
      state.asked.append(hashes)
      state.deadlines.append(deadline)
      defer { state.watchers = [] }
      return state.watchers
    }
    watchers.forEach { $0.resume() }
    await withCheckedContinuation { continuation in
      let isOpen = withState { state in
        if !state.isOpen { state.blocked.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
    if withState({ $0.isFailing }) { throw IntegrationError(.unavailable, "is down") }
    return Dictionary(
      uniqueKeysWithValues: hashes.filter(known.contains).map { ($0, Self.commit($0)) })
  }
}
