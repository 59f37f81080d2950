import EventLoop
import FoundationEssentials
import Synchronization
import Testing
import TrackDomain

@testable import TrackGit

/// A directory for one test, removed after it, with repositories and a `Git` of its own.
final class GitFixture: Sendable {
  let directory: String
  let git: Git
  let ssh: FakeSSH
  let clock = TestClock()
  let events = TestEvents()

  init(
    retention: Duration = .seconds(3600), cacheBytes: Int64 = 1 << 40,
    networkTime: Duration = .seconds(30),
    allowsFiles: Bool = true, maximumFileBytes: UInt64 = 1 << 30, credentials: String? = nil,
    key: String? = nil, budget: GitBudget = GitBudget(), outbound: OutboundRules = OutboundRules(),
    variables: [String: String] = [:],
    lookup: @escaping GitRouter.Lookup = { _ in [.v4(0x0808_0808)] }
  ) throws {
    directory = "/tmp/trackd-git-\(UniqueID.random())"
    ssh = try FakeSSH(directory)
    git = try Git(
      GitSettings(
        dataDirectory: directory + "/data", credentialsFile: credentials, sshKeyFile: key,
        knownHostsFile: "/dev/null", outbound: outbound,
        allowsFiles: allowsFiles, cacheRetention: retention, cacheBytes: cacheBytes,
        networkTime: networkTime, maximumFileBytes: maximumFileBytes),
      environment: ProcessEnvironment.variables.merging(ssh.path) { $1 }.merging(variables) { $1 },
      budget: budget, lookup: lookup,
      now: { [clock] in clock.now }, report: { [events] in events.add($0) })
  }

  deinit {
    try? FileManager.default.removeItem(atPath: directory)
  }

  /// Runs a program as a user would. Returns its output without the last line end.
  @discardableResult
  static func run(_ words: String..., at directory: String = "/", input: String = "") throws
    -> String
  {
    var variables = ProcessEnvironment.variables
    variables["GIT_CONFIG_GLOBAL"] = "/dev/null"
    for role in ["AUTHOR", "COMMITTER"] {
      variables["GIT_\(role)_NAME"] = "Ada Lovelace"
      variables["GIT_\(role)_EMAIL"] = "ada@example.org"
    }
    let child = try ChildProcess(
      ChildCommand(
        path: "/usr/bin/env", arguments: words, environment: variables, directory: directory))
    let output = try child.finish(
      Array(input.utf8), limits: ChildLimits(time: .seconds(60), outputBytes: 1 << 24))
    guard output.isSuccess else {
      throw GitFixtureError(text: String(decoding: output.error, as: UTF8.self))
    }
    var text = String(decoding: output.output, as: UTF8.self)
    if text.hasSuffix("\n") { text.removeLast() }
    return text
  }

  /// Makes a bare repository. Returns its path.
  func bareRepository(_ name: String = "gitops.git") throws -> String {
    let path = "\(directory)/\(name)"
    try Self.run("git", "init", "-q", "--bare", "-b", "main", path)
    return path
  }

  /// Commits a file on top of the branch `main` of a bare repository. Returns the commit.
  func commit(_ content: String, at path: String, to repository: String) throws -> String {
    let work = "\(directory)/work-\(UniqueID.random())"
    try Self.run("git", "clone", "-q", repository, work)
    try Self.run("git", "checkout", "-q", "-B", "main", at: work)
    try Self.run("tee", path, at: work, input: content)
    try Self.run("git", "add", "-A", at: work)
    try Self.run("git", "commit", "-q", "-m", "Change \(path)", at: work)
    try Self.run("git", "push", "-q", "origin", "main", at: work)
    return try Self.run("git", "rev-parse", "HEAD", at: work)
  }

  /// Runs a script in a clone of a bare repository, and commits the result on `main`.
  func change(_ repository: String, _ script: String) throws {
    let work = "\(directory)/work-\(UniqueID.random())"
    try Self.run("git", "clone", "-q", repository, work)
    try Self.run("git", "checkout", "-q", "-B", "main", at: work)
    try Self.run("sh", "-ec", "\(script)\ngit add -A", at: work)
    try Self.run("git", "commit", "-q", "-m", "Somebody's", at: work)
    try Self.run("git", "push", "-q", "origin", "main", at: work)
  }

  /// Runs `body`, then ends the threads.
  func run<T>(_ body: () async throws -> T) async throws -> T {
    do {
      let value = try await body()
      await git.shutdown()
      return value
    } catch {
      await git.shutdown()
      throw error
    }
  }
}

/// The monotonic clock, plus the time that a test adds.
final class TestClock: @unchecked Sendable {
  private let lock = Lock()
  private var passed = Duration.zero
  var now: MonotonicTime { .now() + lock.withLock { passed } }
  func advance(_ duration: Duration) { lock.withLock { passed += duration } }
}

/// The events that `Git` reported.
final class TestEvents: @unchecked Sendable {
  private let lock = Lock()
  private var events: [GitEvent] = []
  var all: [GitEvent] { lock.withLock { events } }
  func add(_ event: GitEvent) { lock.withLock { events.append(event) } }
}

struct GitFixtureError: Error {
  var text: String
}

/// A wall clock that stands still until a test moves it.
final class ClockInHand: Sendable {
  private let microseconds = Atomic<Int64>(1_800_000_000_000_000)

  var now: Timestamp { Timestamp(microseconds: microseconds.load(ordering: .relaxed)) }

  func advance(seconds: Int64) {
    microseconds.add(seconds * 1_000_000, ordering: .relaxed)
  }
}
