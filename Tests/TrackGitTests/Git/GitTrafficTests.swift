import EventLoop
import Testing
import TrackDomain

@testable import TrackGit

@Suite(.timeLimit(.minutes(2))) struct GitTrafficTests {
  /// A clock that stands still until a test moves it.
  private final class Clock: @unchecked Sendable {
    private let lock = Lock()
    private var time = MonotonicTime(nanoseconds: 1_000_000_000)
    var now: MonotonicTime { lock.withLock { time } }
    func advance(_ duration: Duration) { lock.withLock { time = time + duration } }
  }

  private final class Events: @unchecked Sendable {
    private let lock = Lock()
    private var events: [GitEvent] = []
    var all: [GitEvent] { lock.withLock { events } }
    func add(_ event: GitEvent) { lock.withLock { events.append(event) } }
  }

  /// Runs its jobs when a test says so.
  private final class HandExecutor: TaskExecutor, @unchecked Sendable {
    private let lock = Lock()
    private var jobs: [UnownedJob] = []

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      lock.withLock { jobs.append(job) }
    }

    func run() {
      let ready = lock.withLock {
        defer { jobs = [] }
        return jobs
      }
      for job in ready { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
  }

  private let clock = Clock()
  private let events = Events()
  private let traffic: GitTraffic
  private let url: RepositoryURL

  init() throws {
    let (clock, events) = (clock, events)
    let limits = HostShares.Limits(total: 4, perHost: 2, perStranger: 1, reserve: 1)
    traffic = GitTraffic(
      [.here: limits, .source: limits, .gitops: limits], pauses: HostPauses.Limits(),
      now: { clock.now }, report: { events.add($0) })
    url = try Self.url("a/x")
  }

  private static func url(_ text: String) throws -> RepositoryURL {
    try RepositoryURL("https://" + text, allowsFiles: false)
  }

  private func ask(
    _ url: RepositoryURL, _ contact: GitTraffic.Contact, kind: GitTraffic.Kind = .gitops,
    takes duration: Duration = .zero
  ) async throws {
    try await traffic.run(kind, url, contact: { _, _ in contact }) { clock.advance(duration) }
  }

  /// Runs `body` while one command asks each of the repositories.
  private func whileAsking(
    _ urls: [RepositoryURL], _ contact: GitTraffic.Contact = .answered,
    kind: GitTraffic.Kind = .gitops, _ body: () async throws -> Void
  ) async throws {
    let begun = AsyncStream<Void>.makeStream()
    let end = AsyncStream<Void>.makeStream()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for url in urls {
        group.addTask {
          try await self.traffic.run(kind, url, contact: { _, _ in contact }) {
            begun.continuation.yield()
            for await _ in end.stream {}
          }
        }
      }
      var iterator = begun.stream.makeAsyncIterator()
      for _ in urls { await iterator.next() }
      try await body()
      end.continuation.finish()
      try await group.waitForAll()
    }
  }

  @Test func `who does not answer is left alone, whoever asks, and told when to ask again`()
    async throws
  {
    try await ask(url, .silent, takes: .seconds(45))
    #expect(events.all == [.paused(host: "https://a:443", .seconds(2))])
    clock.advance(.milliseconds(500))
    for (text, kind) in [("a/x", GitTraffic.Kind.gitops), ("a:443/other", .source)] {
      let error = await #expect(throws: IntegrationError.self) {
        try await ask(Self.url(text), .answered, kind: kind)
      }
      #expect(error?.kind == .unavailable && error?.retryAfter == .milliseconds(1500))
    }
    // The pause does not concern other hosts and ports.
    try await ask(Self.url("b/x"), .answered)
    try await ask(Self.url("a:444/x"), .answered)
    clock.advance(.milliseconds(1500))
    try await ask(url, .answered)
    try await ask(Self.url("a/other"), .answered)
  }

  @Test func `a repository that hangs does not stand for its host`() async throws {
    let other = try Self.url("a/other")
    try await ask(other, .answered)
    try await traffic.run(.gitops, url, contact: { _, _ in .silent }) {
      clock.advance(.seconds(1))
      try await ask(other, .answered)
      clock.advance(.seconds(44))
    }
    #expect(events.all.isEmpty)
    let error = await #expect(throws: IntegrationError.self) { try await ask(url, .answered) }
    #expect(error?.retryAfter == .seconds(2) && error?.message.contains("repository") == true)
    try await ask(other, .answered)
  }

  @Test func `who waits for a host that falls silent is told at once, whatever it wants there`()
    async throws
  {
    try await whileAsking([Self.url("a/source")], .unknown, kind: .source) {
      var waiters: [Task<Void, any Error>] = []
      try await whileAsking([url], .silent) {
        waiters = (0..<6).map { number in
          Task {
            try await self.ask(
              Self.url("a/\(number)"), .answered, kind: number % 2 == 0 ? .gitops : .source)
          }
        }
        while traffic.waitingCount < 6 { await Task.yield() }
      }
      for waiter in waiters {
        let error = await #expect(throws: IntegrationError.self) { try await waiter.value }
        #expect(error?.retryAfter == .seconds(2))
      }
    }
  }

  @Test func `a repository that is left alone keeps nobody from asking its host`() async throws {
    let other = try Self.url("a/other")
    // The repository's pauses have grown, and the host's begin anew.
    for pause in [2, 4] as [Int64] {
      try await ask(url, .silent)
      clock.advance(.seconds(pause))
    }
    try await ask(other, .answered)
    clock.advance(.seconds(1))
    try await ask(url, .silent)
    clock.advance(.seconds(2))
    let error = await #expect(throws: IntegrationError.self) { try await ask(url, .answered) }
    #expect(error?.message.contains("repository") == true)
    try await ask(other, .answered)
  }

  @Test func `who goes before it could ask whether a host answers again lets another one ask`()
    async throws
  {
    try await ask(url, .silent)
    clock.advance(.seconds(2))
    // Takes all places for hosts that are not known to answer.
    try await whileAsking(["b/x", "c/x", "d/x"].map { try Self.url($0) }) {
      let probe = Task { try await self.ask(self.url, .answered) }
      while traffic.waitingCount < 1 { await Task.yield() }
      probe.cancel()
      await #expect(throws: IntegrationError.self) { try await probe.value }
    }
    try await ask(url, .answered)
  }

  @Test func `the time of the wait for a turn is nothing of the host's`() async throws {
    var waiter: Task<Void, any Error>?
    try await whileAsking([url], .unknown) {
      waiter = Task {
        try await self.traffic.run(
          .gitops, self.url, contact: { $1 > .seconds(1) ? .silent : .answered }
        ) { self.clock.advance(.seconds(1)) }
      }
      while traffic.waitingCount < 1 { await Task.yield() }
      clock.advance(.seconds(45))
    }
    try await waiter?.value
    #expect(events.all.isEmpty)
  }

  @Test func `who is cancelled does not wait for its turn, nor keep a place`() async throws {
    try await whileAsking([url]) {
      let waiter = Task { try await self.ask(self.url, .answered) }
      while traffic.waitingCount < 1 { await Task.yield() }
      waiter.cancel()
      await #expect(throws: IntegrationError.self) { try await waiter.value }
      let late = Task {
        unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
        try await self.ask(self.url, .answered)
      }
      await #expect(throws: (any Error).self) { try await late.value }
      #expect(traffic.waitingCount == 0)
    }
    for _ in 0..<10 { try await ask(url, .answered) }
  }

  @Test func `who is cancelled when its turn has come gives its place back`() async throws {
    let executor = HandExecutor()
    var waiter: Task<Void, any Error>?
    try await whileAsking([url]) {
      waiter = Task(executorPreference: executor) { try await self.ask(self.url, .answered) }
      while traffic.waitingCount < 1 { executor.run() }
    }
    // It has its turn, but its task has not run yet.
    let cancelled = try #require(waiter)
    cancelled.cancel()
    let ended = Counter()
    let watcher = Task {
      let result = await cancelled.result
      _ = ended.next()
      return result
    }
    while ended.value == 0 {
      executor.run()
      await Task.yield()
    }
    let result = await watcher.value
    #expect(throws: CancellationError.self) { try result.get() }
    // As many commands as there are places.
    try await whileAsking([url, Self.url("a/other")]) {}
  }

  @Test(arguments: [true, false])
  func `few ask at once whether a host, or a repository of one that answers, does again`(
    isHostSilent: Bool
  ) async throws {
    let hosts = try (0..<12).map { try Self.url("host\($0)/x") }
    for host in hosts { try await ask(host, .silent) }
    clock.advance(.seconds(3))
    if !isHostSilent {
      for number in hosts.indices { try await ask(Self.url("host\(number)/y"), .answered) }
    }
    let end = AsyncStream<Void>.makeStream()
    let refused = Counter()
    await withTaskGroup { group in
      for host in hosts {
        group.addTask {
          do {
            try await self.traffic.run(.source, host, contact: { _, _ in .answered }) {
              for await _ in end.stream {}
            }
          } catch {
            if (error as? IntegrationError)?.retryAfter != nil { _ = refused.next() }
          }
        }
      }
      while refused.value < hosts.count - GitTraffic.maximumProbes { await Task.yield() }
      end.continuation.finish()
    }
    #expect(refused.value == hosts.count - GitTraffic.maximumProbes)
    // Nor do their next pauses grow because of that.
    for host in hosts { try await ask(host, .answered) }
  }

  @Test func `what gives up, or cannot be started, says nothing of its host`() async throws {
    try await ask(url, .unknown)
    try await ask(url, .silent)
    clock.advance(.seconds(2))
    try await ask(url, .unknown)
    try await ask(url, .answered)
    #expect(events.all.count == 1)
  }
}
