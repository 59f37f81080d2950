import RPC
public import TrackController
public import TrackMessages

/// `deploymenttrack.v1.DeploymentTrackService` over the use cases.
public struct DeploymentTrackService: DeploymentTrackServiceServer {
  let tracks: TrackController
  let watch: WatchHub
  let gets: ReplyCache<TrackReplyKey, GetDeploymentTrackResponse>
  let lists: ReplyCache<ListTracks, ListDeploymentTracksResponse>

  /// The most bytes of replies that all event loops keep together, and that one keeps.
  private static var keptBytes: (all: Int, loop: Int) { (64 << 20, 8 << 20) }

  /// - Parameter watch: has the executors that calls of this service run on.
  public init(_ tracks: TrackController, watch: WatchHub) {
    self.tracks = tracks
    self.watch = watch
    let ofLoop = min(Self.keptBytes.all / max(watch.executorCount, 1), Self.keptBytes.loop)
    gets = ReplyCache(bytes: ofLoop / 2)
    lists = ReplyCache(bytes: ofLoop / 2)
  }

  public func serverWillDrain() { watch.drain() }
}
