import EventLoop
import TrackDomain

/// Decides when commands run: each waits for its turn, and is refused while its host or repository
/// pauses after a silence.
///
/// `@unchecked Sendable`: every `var` is touched under the lock only.
final class GitTraffic: @unchecked Sendable {
  /// What the end of a command shows about its host.
  enum Contact: Sendable, Hashable {
    case answered
    case silent
    case unknown
  }

  /// Kinds of commands. Each has limits of its own.
  enum Kind: CaseIterable, Sendable {
    case here, source, gitops
  }

  /// A command that asks to run, waits or runs.
  private struct Pass: Sendable {
    let ticket: Int
    let kind: Kind
    let host: String
    /// The repository's name in `pauses`; nil for local commands.
    let repository: String?
    let askedAt: MonotonicTime
    var startedAt: MonotonicTime
  }

  private typealias Turn = CheckedContinuation<Result<Void, IntegrationError>, Never>

  private let now: @Sendable () -> MonotonicTime
  private let report: @Sendable (GitEvent) -> Void
  private let lock = Lock()
  private var shares: [Kind: HostShares]
  private var pauses: HostPauses
  private var waiting: [Int: Turn] = [:]
  /// The tickets of commands that test whether a silent host or repository answers again.
  private var probes: Set<Int> = []
  private var lastTicket = 0

  /// The most such commands at once, waiting ones included.
  static let maximumProbes = 8

  init(
    _ limits: [Kind: HostShares.Limits], pauses: HostPauses.Limits,
    now: @escaping @Sendable () -> MonotonicTime,
    report: @escaping @Sendable (GitEvent) -> Void
  ) {
    shares = limits.mapValues(HostShares.init)
    self.pauses = HostPauses(pauses)
    self.now = now
    self.report = report
  }

  /// Runs `body` in its turn, for a command that uses only files below `path`.
  ///
  /// - Throws: the errors of `body`; `.unavailable` when too many commands wait below `path`, or
  ///   the task was cancelled while the command waited; `.cancelled` or `CancellationError` when
  ///   the task was cancelled before or after the wait.
  func run<T>(below path: String, _ body: () async throws -> T) async throws -> T {
    let pass = try await enter(.here, path, repository: nil)
    defer { leave(pass, .unknown) }
    return try await body()
  }

  /// Runs `body` in its turn, for a command that speaks to a repository's host.
  ///
  /// - Parameter contact: tells from the result, and the time since the command began, whether the
  ///   host answered.
  /// - Throws: as above; also `.unavailable` when the host or the repository pauses, at once or
  ///   while the command waits, or too many commands test silent hosts.
  func run<T>(
    _ kind: Kind, _ url: RepositoryURL, contact: (Result<T, any Error>, Duration) -> Contact,
    _ body: () async throws -> T
  ) async throws -> T {
    let pass = try await enter(kind, url.host, repository: "repository " + url.text)
    let result: Result<T, any Error>
    do {
      result = .success(try await body())
    } catch {
      result = .failure(error)
    }
    leave(pass, contact(result, now() - pass.startedAt))
    return try result.get()
  }

  /// The number of commands that wait for their turn.
  var waitingCount: Int { lock.withLock { waiting.count } }

  // MARK: Entering

  private func enter(_ kind: Kind, _ host: String, repository: String?) async throws -> Pass {
    var pass = try lock.withLock { () throws(IntegrationError) in
      lastTicket += 1
      let pass = Pass(
        ticket: lastTicket, kind: kind, host: host, repository: repository, askedAt: now(),
        startedAt: now())
      try admit(pass)
      return pass
    }
    try await waitForTurn(pass)
    pass.startedAt = now()
    return pass
  }

  /// Refuses a command whose host or repository pauses. A command to a silent host or repository is
  /// a test of it from then on.
  private func admit(_ pass: Pass) throws(IntegrationError) {
    guard let repository = pass.repository else { return }
    for (name, what) in [(pass.host, "host"), (repository, "repository")] {
      if case .pause(let pause) = pauses.ask(name, at: pass.askedAt) {
        forget(pass)
        throw Self.leftAlone(what, pause)
      }
    }
    guard pauses.isSilent(pass.host) || pauses.isSilent(repository) else { return }
    guard probes.count < Self.maximumProbes else {
      forget(pass)
      throw Self.leftAlone("host", .seconds(2))
    }
    probes.insert(pass.ticket)
  }

  private func waitForTurn(_ pass: Pass) async throws {
    let turn = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if let result = lock.withLock({ line(up: pass, continuation) }) {
          continuation.resume(returning: result)
        }
      }
    } onCancel: {
      giveUp(pass)
    }
    do {
      try turn.get()
      try Task.checkCancellation()
    } catch {
      let next = lock.withLock {
        forget(pass)
        return (try? turn.get()) == nil ? [] : release(pass)
      }
      next.forEach { $0.resume(returning: .success(())) }
      throw error
    }
  }

  /// Enters the queue.
  ///
  /// - Returns: how the wait has ended; nil while the command waits.
  private func line(up pass: Pass, _ continuation: Turn) -> Result<Void, IntegrationError>? {
    // The task was cancelled before the command was in the queue.
    if Task.isCancelled { return .failure(.cancelled) }
    switch shares[pass.kind]?.enter(pass.ticket, host: pass.host, isKnown: isKnown(pass)) {
    case .run: return .success(())
    case .wait:
      waiting[pass.ticket] = continuation
      return nil
    case .full, nil:
      return .failure(
        IntegrationError(
          .unavailable, "too much waits for the Git host", retryAfter: .seconds(2)))
    }
  }

  private func giveUp(_ pass: Pass) {
    let turn = lock.withLock { () -> Turn? in
      guard shares[pass.kind]?.giveUp(pass.ticket, host: pass.host) == true else { return nil }
      return waiting.removeValue(forKey: pass.ticket)
    }
    turn?.resume(returning: .failure(Self.tooMuch))
  }

  // MARK: Leaving

  private func leave(_ pass: Pass, _ contact: Contact) {
    let time = now()
    let (next, dismissed, pause) = lock.withLock { () -> ([Turn], [Turn], Duration?) in
      let pause = note(pass, contact, at: time)
      let dismissed = pause == nil ? [] : dismiss(pass.host)
      forget(pass)
      return (release(pass), dismissed, pause)
    }
    next.forEach { $0.resume(returning: .success(())) }
    if let pause {
      report(.paused(host: pass.host, pause))
      let error = Self.leftAlone("host", pause)
      dismissed.forEach { $0.resume(returning: .failure(error)) }
    }
  }

  /// - Returns: the pause that begins for the host; nil when none begins.
  private func note(_ pass: Pass, _ contact: Contact, at time: MonotonicTime) -> Duration? {
    guard let repository = pass.repository else { return nil }
    switch contact {
    case .answered:
      pauses.answered(pass.host, at: time)
      pauses.answered(repository, at: time)
    case .silent:
      _ = pauses.silent(repository, since: pass.startedAt, at: time)
      return pauses.silent(pass.host, since: pass.startedAt, at: time)
    case .unknown: break
    }
    return nil
  }

  private func dismiss(_ host: String) -> [Turn] {
    var turns: [Turn] = []
    for kind in Kind.allCases where kind != .here {
      for ticket in shares[kind]?.dismiss(host: host) ?? [] {
        if let turn = waiting.removeValue(forKey: ticket) { turns.append(turn) }
      }
    }
    return turns
  }

  /// The command no longer tests its host and repository.
  private func forget(_ pass: Pass) {
    probes.remove(pass.ticket)
    pauses.gaveUp(pass.host, askedAt: pass.askedAt)
    if let repository = pass.repository { pauses.gaveUp(repository, askedAt: pass.askedAt) }
  }

  /// Frees the command's place.
  ///
  /// - Returns: the turns of the commands that run now.
  private func release(_ pass: Pass) -> [Turn] {
    let next =
      shares[pass.kind]?.leave(pass.ticket, host: pass.host, isKnown: isKnown(pass)) ?? []
    return next.compactMap { waiting.removeValue(forKey: $0) }
  }

  private func isKnown(_ pass: Pass) -> Bool {
    pass.repository == nil || pauses.isKnown(pass.host)
  }

  private static let tooMuch = IntegrationError(
    .unavailable, "too much was to be done before", retryAfter: .seconds(1))

  private static func leftAlone(_ what: String, _ pause: Duration) -> IntegrationError {
    IntegrationError(
      .unavailable, "the Git \(what) did not answer, and is left alone for a while",
      retryAfter: pause)
  }
}
