import EventLoop
import TrackController
import TrackDomain
import TrackIntegrations

/// The systems outside of trackd, as the options name them.
struct Outside: Sendable {
  let integrations: Integrations
  private let remotes: RemoteServers
  private let commits: CachingBuildService?

  /// - Parameter loop: has the connections to remote services.
  init(
    _ options: ServeOptions, store: any TrackStore, loop: EventLoop, logger: Logger,
    now: @escaping @Sendable () -> Timestamp
  ) {
    remotes = RemoteServers(options.remotes, loop: loop, logger: logger)
    commits = remotes.buildService.map { CachingBuildService($0, now: now) }
    var integrations = Integrations(
      releases: EmbeddedReleaseManagement(store: store, now: now),
      deleter: NothingOutside(), subscriptions: CatalogSubscriptions())
    if let commits { integrations.builds = commits }
    remotes.replace(in: &integrations, stepTimeout: options.stepTimeout)
    self.integrations = integrations
  }

  /// Makes the calls that leave the process. Returns when its task is cancelled, which ends them.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await remotes.run() }
      if let commits { group.addTask { await commits.run() } }
    }
  }
}

/// Nothing is outside.
private struct NothingOutside: ComponentResourceDeleter {
  func delete(
    _ step: ComponentResourceStep, of resources: TrackResources
  ) async throws(IntegrationError) {}
}
