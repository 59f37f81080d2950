public import EventLoop
public import TrackDomain

/// The one place that builds and runs command lines of git.
///
/// Nothing of the machine's or the user's configuration reaches git: no hooks, no prompts, no helpers
/// but our own, no protocols but https and ssh (and files where a flag allows them), a private home,
/// bounded time, output and file size. Thread-safe.
public final class Git: Sendable {
  let settings: GitSettings
  private let pools: [GitReach: BlockingThreadPool]
  private let executable: String
  private let environment: [String: String]
  let caches = GitCaches()

  /// The most commands of one reach that run at once.
  private static let maximumThreads = 16

  /// - Parameter environment: that of this process: PATH, proxies and certificates are taken from it.
  /// - Throws: `.unavailable` when there is no `git`, or the directories cannot be made.
  public init(
    _ settings: GitSettings,
    environment: [String: String] = ProcessEnvironment.variables
  ) throws(IntegrationError) {
    let path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    let files = GitFiles()
    guard let executable = files.program("git", path: path) else {
      throw IntegrationError(.unavailable, "git is not installed on the server")
    }
    var settings = settings
    settings.dataDirectory = files.absolute(settings.dataDirectory)
    settings.credentialsFile = settings.credentialsFile.map(files.absolute)
    settings.sshKeyFile = settings.sshKeyFile.map(files.absolute)
    self.settings = settings
    self.executable = executable
    self.environment = GitEnvironment.make(settings, from: environment, path: path)
    pools = Dictionary(
      uniqueKeysWithValues: GitReach.allCases.map { reach in
        (reach, BlockingThreadPool(name: "git", maximum: Self.maximumThreads))
      })
    try files.makeDirectory(cacheDirectory)
    try files.makeDirectory(settings.homeDirectory)
  }

  /// Ends the threads, when what runs has ended. Called once, when nobody uses git any more.
  public func shutdown() async {
    for pool in pools.values { await pool.shutdown() }
  }

  /// Where copies of repositories are kept.
  var cacheDirectory: String { settings.dataDirectory + "/git" }

  /// The command as a program to run.
  func program(_ command: GitCommand) -> ChildCommand {
    var arguments = GitEnvironment.settings(settings, more: command.settings)
    if let repository = command.repository { arguments.append("--git-dir=\(repository)") }
    arguments += command.words
    if !command.operands.isEmpty { arguments += ["--"] + command.operands }
    return ChildCommand(
      path: executable, arguments: arguments, environment: environment, directory: "/",
      maximumFileBytes: min(
        command.maximumFileBytes ?? .max, settings.maximumFileBytes))
  }

  /// Runs a command to its end, whatever its status is.
  ///
  /// - Throws: `.unavailable` when it could not be run or took too long; `.invalid` when it wrote
  ///   more than `outputBytes`.
  func run(
    _ command: GitCommand, input: [UInt8] = [], outputBytes: Int = 1 << 20
  ) async throws(IntegrationError) -> ChildOutput {
    let time = command.reach == .here ? .seconds(30) : settings.networkTime
    do {
      return try await ChildProcess.run(
        program(command), input: input, limits: ChildLimits(time: time, outputBytes: outputBytes),
        on: pool(command.reach))
    } catch {
      throw GitFailure.error(error)
    }
  }

  /// Runs a command that has to succeed, and gives its output.
  func output(
    _ command: GitCommand, input: [UInt8] = [], outputBytes: Int = 1 << 20
  ) async throws(IntegrationError) -> [UInt8] {
    let result = try await run(command, input: input, outputBytes: outputBytes)
    guard result.isSuccess else { throw GitFailure.error(result) }
    return result.output
  }

  /// Runs blocking work on one of the threads.
  func blocking<T: Sendable>(
    _ body: @escaping @Sendable () throws -> T
  ) async throws(IntegrationError) -> T {
    do {
      return try await pool(.here).run(body)
    } catch {
      throw GitFailure.error(error)
    }
  }

  /// Works with files, on a thread that may block.
  func onDisk<T: Sendable>(
    _ body: @escaping @Sendable (GitFiles) throws -> T
  ) async throws(IntegrationError) -> T {
    try await blocking { try body(GitFiles()) }
  }

  private func pool(_ reach: GitReach) throws -> BlockingThreadPool {
    guard let pool = pools[reach] else { throw CancellationError() }
    return pool
  }
}
