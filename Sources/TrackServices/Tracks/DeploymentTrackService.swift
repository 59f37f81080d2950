import RPC
public import TrackController
import TrackDomain
public import TrackMessages

/// `deploymenttrack.v1.DeploymentTrackService` over the use cases.
public struct DeploymentTrackService: DeploymentTrackServiceServer {
  /// The use cases for whoever calls: for what is neither told nor done for a caller.
  let unlimited: TrackController
  let access: CallerAccess
  let watch: WatchHub
  let gets: ReplyCache<TrackReplyKey, GetDeploymentTrackResponse>
  let lists: ReplyCache<TrackListKey, ListDeploymentTracksResponse>

  /// The most bytes of replies that all event loops keep together, and that one keeps.
  private static var keptBytes: (all: Int, loop: Int) { (64 << 20, 8 << 20) }

  /// - Parameters:
  ///   - watch: has the executors that calls of this service run on.
  ///   - access: what callers may do; without it, everything.
  public init(
    _ tracks: TrackController, watch: WatchHub, access: CallerAccess = CallerAccess()
  ) {
    unlimited = tracks
    self.access = access
    self.watch = watch
    let ofLoop = min(Self.keptBytes.all / max(watch.executorCount, 1), Self.keptBytes.loop)
    gets = ReplyCache(bytes: ofLoop / 2)
    lists = ReplyCache(bytes: ofLoop / 2)
  }

  /// The use cases, as far as the caller may have them.
  func tracks(_ context: ServerContext) -> TrackController {
    unlimited.limited(to: access.access(context)).called(from: CallOrigin(context))
  }

  /// The same for a call that changes nothing, of which the audit does not tell.
  func readable(_ context: ServerContext) -> TrackController {
    unlimited.limited(to: access.access(context))
  }

  public func serverWillDrain() { watch.drain() }
}
