public import RPC
import Telemetry
public import TrackAccess
import TrackController
public import TrackDomain

/// Sends committed changes to all watchers of a server.
///
/// A commit wakes each executor that has watchers once. The executor reads the new changes once,
/// encodes each once per watched scope, and hands the messages to the watchers' streams. A watcher
/// has no task: it is an open stream and a place in a list.
public final class WatchHub: Sendable {
  let feeds: [ExecutorFeed]

  /// The default time between heartbeats: proxies end a call that is quiet for a minute.
  public static let defaultHeartbeat = Duration.seconds(25)

  /// - Parameters:
  ///   - executors: every executor that calls of the server may run on.
  ///   - heartbeat: the time between messages that a watch gets even without changes.
  ///   - seal: of resume tokens; nil: they can be read.
  ///   - control: the policy, whose changes end watches.
  public init(
    store: any TrackStore, executors: [any CallExecutor],
    heartbeat: Duration = WatchHub.defaultHeartbeat, seal: (any TokenSeal)? = nil,
    policy control: AccessControl? = nil
  ) {
    let controller = WatchController(store: store, seal: seal)
    let feeds = executors.map {
      ExecutorFeed(controller, $0, heartbeat: heartbeat, control)
    }
    self.feeds = feeds
    control?.observe {
      for feed in feeds { feed.executor.execute { feed.policyChanged() } }
    }
    store.observeCommits {
      for feed in feeds { feed.committed() }
    }
  }

  /// The executors that calls of the server may run on.
  var executorCount: Int { feeds.count }

  func feed(of executor: any CallExecutor) throws -> ExecutorFeed {
    guard let feed = feeds.first(where: { $0.executor === executor }) else {
      throw RPCError(.unimplemented, "this executor has no watchers")
    }
    return feed
  }

  /// Watches at this moment. Any thread.
  public var watcherCount: Int { feeds.reduce(0) { $0 + $1.watcherCount.value } }

  /// Ends all watches, also those that begin later. Any thread.
  func drain() {
    for feed in feeds { feed.executor.execute { feed.drain() } }
  }
}
