public import EventLoop
import Telemetry
public import TrackDomain

/// The one place that builds and runs command lines of git.
///
/// No configuration of the machine or the user reaches git: no hooks, no prompts, no helpers except
/// our own, no protocols except https and ssh (and files where a flag allows them), a private home,
/// and bounded time, output and file size. A command that speaks to a server gets the addresses
/// that were looked up and checked for it. Thread-safe.
///
/// Commands run as child processes that one loop watches, so no thread waits for them. `GitTraffic`
/// limits how many run at once and shares the places between hosts.
///
/// `@unchecked Sendable`: `loop` is touched under the lock only, the rest is constant.
public final class Git: @unchecked Sendable {
  let settings: GitSettings
  /// The processes that stay alive between uses.
  let helpers: GitHelpers
  private let traffic: GitTraffic
  /// For work with files, and with processes that stay alive.
  private let threads: BlockingThreadPool
  /// Starts children.
  private let starters = BlockingThreadPool(name: "git-start", maximum: 2)
  /// Look hosts up: one for each command that may speak to a server, so that none waits for
  /// another's name server.
  private let lookups: BlockingThreadPool
  private let router: GitRouter
  private let report: @Sendable (GitEvent) -> Void
  /// Commands by name and outcome.
  public let metrics = GitMetrics()
  /// Such as `2.39`; nil when git could not be started.
  public let version: String?
  private let executable: String
  private let environment: [String: String]
  private let lock = Lock()
  let caches = GitCaches()
  /// Watches children.
  private var loop: EventLoop?

  /// - Parameters:
  ///   - environment: of this process: PATH, proxies and certificates come from it.
  ///   - budget: the most processes.
  ///   - report: gets events for the log; called on any thread; does not block.
  /// - Throws: `.unavailable` when there is no `git`, or an old one, or the directories cannot be made.
  public convenience init(
    _ settings: GitSettings,
    environment: [String: String] = ProcessEnvironment.variables,
    budget: GitBudget = GitBudget(),
    report: @escaping @Sendable (GitEvent) -> Void = { _ in }
  ) throws(IntegrationError) {
    try self.init(
      settings, environment: environment, budget: budget, lookup: nil, report: report)
  }

  /// - Parameters:
  ///   - lookup: tells the addresses of hosts, in place of the system.
  ///   - now: the clock for pauses.
  init(
    _ settings: GitSettings, environment: [String: String], budget: GitBudget,
    lookup: GitRouter.Lookup?,
    now: @escaping @Sendable () -> MonotonicTime = { .now() },
    report: @escaping @Sendable (GitEvent) -> Void = { _ in }
  ) throws(IntegrationError) {
    let path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    let files = GitFiles()
    guard let executable = files.program("git", path: path) else {
      throw IntegrationError(.unavailable, "git is not installed on the server")
    }
    version = try GitVersion.check(executable, path: path)?.description
    var settings = settings
    settings.dataDirectory = files.absolute(settings.dataDirectory)
    settings.credentialsFile = settings.credentialsFile.map(files.absolute)
    settings.sshKeyFile = settings.sshKeyFile.map(files.absolute)
    settings.knownHostsFile = settings.knownHostsFile.map(files.absolute)
    settings.caFile = settings.caFile.map(files.absolute)
    self.settings = settings
    self.executable = executable
    self.environment = GitEnvironment.make(settings, from: environment, path: path)
    self.report = report
    lookups = BlockingThreadPool(name: "git-lookup", maximum: budget.source + budget.gitops)
    router = GitRouter(
      rules: settings.outbound, hasProxy: GitEnvironment.hasProxy(self.environment),
      lookup: lookup ?? GitRouter.system(on: lookups))
    helpers = GitHelpers(maximum: budget.helpers)
    threads = BlockingThreadPool(name: "git", maximum: budget.here)
    traffic = GitTraffic(budget.limits, pauses: settings.pauses, now: now, report: report)
    try files.makeDirectory(cacheDirectory)
    try files.makeDirectory(settings.homeDirectory)
  }

  /// Ends the threads after all running commands. Called once, when git is no longer used.
  public func shutdown() async {
    await starters.shutdown()
    await lookups.shutdown()
    await threads.shutdown()
    await lock.withLock { loop }?.shutdown()
  }

  /// The number of commands that wait for their turn.
  var waitingCount: Int { traffic.waitingCount }

  /// The bytes of all copies of repositories that are measured, and how many they may have.
  public var cacheUse: (bytes: Int64, limit: Int64) { (caches.total, settings.cacheBytes) }

  /// The directory with the copies of repositories.
  var cacheDirectory: String { settings.dataDirectory + "/git" }

  /// The directory for commits into repositories that others see: it holds a directory for each of
  /// them.
  var workshopDirectory: String { cacheDirectory + "/workshops" }

  /// The command as a program to run.
  ///
  /// - Parameter route: to the server that it speaks to; without one it reaches no server.
  func program(_ command: GitCommand, route: GitRoute? = nil) -> ChildCommand {
    let pins = route?.settings(hasProxy: router.hasProxy) ?? []
    var arguments = GitEnvironment.settings(settings, more: command.settings + pins)
    var environment = environment
    if let url = command.reach.url {
      environment.merge(GitEnvironment.reaching(url, route, settings)) { $1 }
    }
    if let repository = command.repository {
      arguments.append("--git-dir=\(command.workshop ?? repository)")
      if command.workshop != nil { environment["GIT_COMMON_DIR"] = repository }
    }
    arguments += command.words
    if !command.operands.isEmpty { arguments += ["--"] + command.operands }
    return ChildCommand(
      path: executable, arguments: arguments, environment: environment, directory: "/",
      maximumFileBytes: min(
        command.maximumFileBytes ?? .max, settings.maximumFileBytes))
  }

  // MARK: Running

  /// Runs a command in its turn, to its end, whatever its status is.
  ///
  /// - Throws: `.unavailable` when it could not run or took too long, or when its host pauses;
  ///   `.invalid` when it wrote more than `outputBytes`; `.cancelled`.
  func run(
    _ command: GitCommand, input: [UInt8] = [], outputBytes: Int = 1 << 20
  ) async throws(IntegrationError) -> ChildOutput {
    let time = command.reach == .here ? .seconds(30) : settings.networkTime
    let limits = ChildLimits(time: time, outputBytes: outputBytes)
    do {
      let result = try await inTurn(command) {
        let route = try await route(of: command)
        let result = try await child(
          program(command, route: route), of: command, input: input, limits: limits)
        if let route, GitRedirect.isOne(result) { throw try await redirect(command, route) }
        return result
      }
      if !result.isSuccess, command.reach != .here, !GitFailure.isOrdinary(result) {
        tell(command, GitFailure.error(result), result.error)
      }
      return result
    } catch {
      let failure = GitFailure.error(error)
      if failure.retryAfter == nil, !Task.isCancelled {
        tell(command, failure, Array(GitFailure.words(error).utf8))
      }
      throw failure
    }
  }

  /// Runs a command that has to succeed, and returns its output.
  func output(
    _ command: GitCommand, input: [UInt8] = [], outputBytes: Int = 1 << 20
  ) async throws(IntegrationError) -> [UInt8] {
    let result = try await run(command, input: input, outputBytes: outputBytes)
    guard result.isSuccess else {
      let failure = GitFailure.error(result)
      if command.reach == .here { tell(command, failure, result.error) }
      throw failure
    }
    return result.output
  }

  /// Runs blocking work on one of the threads.
  ///
  /// - Parameter path: the directory that it works with: blocked work there takes some of the
  ///   threads at most.
  func blocking<T: Sendable>(
    below path: String = "", _ body: @escaping @Sendable () throws -> T
  ) async throws(IntegrationError) -> T {
    do {
      return try await traffic.run(below: path) { try await threads.run(body) }
    } catch {
      let failure = GitFailure.error(error)
      if case ChildProcessError.ended(let words) = error { tell(nil, failure, words) }
      throw failure
    }
  }

  /// Works with files, on a thread that may block.
  func onDisk<T: Sendable>(
    _ body: @escaping @Sendable (GitFiles) throws -> T
  ) async throws(IntegrationError) -> T {
    try await blocking(below: cacheDirectory) { try body(GitFiles()) }
  }

  private func inTurn(
    _ command: GitCommand, _ body: () async throws -> ChildOutput
  ) async throws -> ChildOutput {
    switch command.reach {
    case .here:
      try await traffic.run(
        below: command.repository ?? command.operands.first ?? "", body)
    case .source(let url):
      try await traffic.run(.source, url, contact: GitFailure.contact, body)
    case .gitops(let url):
      try await traffic.run(.gitops, url, contact: GitFailure.contact, body)
    }
  }

  /// Looks up the server that a command speaks to; nil for local repositories.
  private func route(of command: GitCommand) async throws -> GitRoute? {
    guard let server = command.reach.url?.server else { return nil }
    if server.scheme == .ssh, settings.knownHostsFile == nil { throw GitFailure.noKnownHosts }
    return try await router.route(to: server)
  }

  /// The error of a command whose server sent it elsewhere. Asks once more, to learn where.
  private func redirect(
    _ command: GitCommand, _ route: GitRoute
  ) async throws -> IntegrationError {
    guard let url = command.reach.url else { return GitRedirect.error(to: nil) }
    let question = GitCommand("ls-remote", "--quiet", operands: [url.text], reach: command.reach)
    var program = program(question, route: route)
    program.environment.merge(GitRedirect.trace) { $1 }
    let answer = try await child(
      program, of: question, input: [],
      limits: ChildLimits(time: settings.networkTime, errorBytes: 1 << 16))
    return GitRedirect.error(to: GitRedirect.target(answer.error))
  }

  /// The most attempts to start a process while the machine is short of resources.
  private static let maximumStarts = 7

  private func child(
    _ program: ChildCommand, of command: GitCommand, input: [UInt8], limits: ChildLimits
  ) async throws -> ChildOutput {
    let began = MonotonicTime.now()
    do {
      let output = try await Trace.span("Git.\(command.words.first ?? "")") {
        try await started(program, input: input, limits: limits)
      }
      metrics.ended(command, output.isSuccess ? .ok : .failed, since: began)
      return output
    } catch {
      metrics.ended(command, .of(error), since: began)
      throw error
    }
  }

  private func started(
    _ program: ChildCommand, input: [UInt8], limits: ChildLimits
  ) async throws -> ChildOutput {
    let loop = try watchingLoop()
    var pause = Duration.milliseconds(50)
    for _ in 1..<Self.maximumStarts {
      do {
        return try await ChildProcess.run(
          program, input: input, limits: limits, on: loop, startedBy: starters)
      } catch  where GitFailure.isShortage(error) {
        let helpers = helpers
        try await threads.run { helpers.closeIdle() }
        try await Task.sleep(for: pause)
        pause *= 2
      }
    }
    return try await ChildProcess.run(
      program, input: input, limits: limits, on: loop, startedBy: starters)
  }

  private func watchingLoop() throws(SystemError) -> EventLoop {
    try lock.withLock { () throws(SystemError) in
      if let loop { return loop }
      let started = try EventLoop(name: "git-watch")
      loop = started
      return started
    }
  }

  func tell(_ event: GitEvent) { report(event) }

  /// Reports a failure, with git's output.
  func tell(_ command: GitCommand?, _ error: IntegrationError, _ words: [UInt8]) {
    report(
      .failed(
        command: command?.words.first ?? "", host: command?.reach.url?.host ?? "", error: error,
        words: GitWords(words).all))
  }
}
