import EventLoop
import RPCHTTP2
import TLS
import TrackController
import TrackDomain
import TrackGit
import TrackServices
import TrackSourceConfig

/// The systems that trackd calls: the built-in ones, or the servers that the options name instead.
struct RunningIntegrations: Sendable {
  let adapters: Integrations
  private let remotes: RemoteServers
  private let commits: CachingBuildService
  private let source: CachingSourceRepository
  private let git: Git
  private let gitHealth = GitHealth()
  private let gitops: GitOpsDeployer
  private let sourceConfigs: ThreadedSourceConfigFormat

  /// How often unused copies of repositories are removed.
  private let reapingPause: Duration

  /// - Parameters:
  ///   - outbound: where repositories may be.
  ///   - gitBudget: how many processes of git there may be.
  ///   - loop: runs the connections to remote services.
  ///   - remoteTLS: of those among them that are TLS.
  /// - Throws: `IntegrationError` when git cannot be used.
  init(
    _ options: ServeOptions, store: any TrackStore, outbound: OutboundRules, gitBudget: GitBudget,
    loop: EventLoop, remoteTLS: ClientTLS?, logger: Logger,
    now: @escaping @Sendable () -> Timestamp, metrics: ClientMetrics
  ) throws(IntegrationError) {
    var settings = GitSettings(
      dataDirectory: options.dataDirectory, credentialsFile: options.gitCredentials,
      sshKeyFile: options.gitSSHKey, knownHostsFile: options.gitKnownHosts,
      caFile: options.gitCA, outbound: outbound, allowsFiles: options.gitAllowFile,
      cacheRetention: options.gitCacheRetention, cacheBytes: options.gitCacheBytes)
    settings.sharesGitOps = options.dataGroup != nil
    OutboundLog(logger: logger).useFormerKnownHosts(&settings)
    let gitLog = GitLog(logger: logger)
    let gitHealth = gitHealth
    git = try Git(settings, budget: gitBudget) {
      gitLog.log($0)
      gitHealth.note($0)
    }
    reapingPause = min(options.gitCacheRetention, .seconds(3600))
    gitops = GitOpsDeployer(git)
    do {
      sourceConfigs = try ThreadedSourceConfigFormat()
    } catch {
      throw IntegrationError(.unavailable, "the server cannot start a thread: \(error)")
    }
    remotes = RemoteServers(
      options.remotes, loop: loop, tls: remoteTLS, logger: logger, metrics: metrics)
    source = CachingSourceRepository(GitSourceRepository(git), now: now)
    commits = CachingBuildService(
      remotes.buildService ?? EmbeddedBuildService(source: source), now: now)
    var adapters = Integrations(
      releases: EmbeddedReleaseManagement(store: store, now: now), builds: commits,
      source: source, deployer: gitops, places: gitops, deleter: EmbeddedResourceDeleter(),
      subscriptions: CatalogSubscriptions(), sourceConfigs: sourceConfigs)
    remotes.replace(in: &adapters, stepTimeout: options.stepTimeout)
    self.adapters = adapters
  }

  /// The channels to remote services.
  var channels: [HTTP2Channel] { remotes.channels }

  /// How git and each integration is, for `DiagnosticsService`.
  func findings() async -> [DiagnosticFinding] {
    [gitHealth.finding(of: git)] + (await remotes.findings())
  }

  /// The commands of git.
  var gitMetrics: GitMetrics { git.metrics }

  /// Checks that git can use its credentials. Blocks for a moment.
  static func check(_ options: ServeOptions) throws(IntegrationStartError) {
    var flag = ServeFlag.gitCredentials
    do throws(GitCredentialFiles.Problem) {
      if let path = options.gitCredentials { try GitCredentialFiles.checkCredentials(path) }
      flag = .gitSSHKey
      if let path = options.gitSSHKey { try GitCredentialFiles.checkKey(path) }
      flag = .gitKnownHosts
      if let path = options.gitKnownHosts { try GitCredentialFiles.checkReadable(path) }
      flag = .gitCA
      if let path = options.gitCA { try GitCredentialFiles.checkCertificates(path) }
    } catch {
      throw IntegrationStartError(description: "\(flag.name): \(error)")
    }
  }

  /// Makes the calls to other systems. Returns when its task is cancelled, which ends them.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await remotes.run() }
      group.addTask { await commits.run() }
      group.addTask { await source.run() }
      group.addTask {
        repeat { await git.reapCaches() } while (try? await Task.sleep(for: reapingPause)) != nil
      }
    }
  }

  /// Ends the child processes and threads. Called once, when the integrations are no longer used.
  func shutdown() async {
    await gitops.shutdown()
    await sourceConfigs.shutdown()
    await git.shutdown()
  }
}

/// trackd cannot start because an integration lacks something.
struct IntegrationStartError: Error, CustomStringConvertible {
  let description: String
}
