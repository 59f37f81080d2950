import RPC
public import TrackController
public import TrackMessages

/// `deploymenttrack.v1.DeploymentTrackService` over the use cases.
public struct DeploymentTrackService: DeploymentTrackServiceServer {
  let tracks: TrackController
  let watch: WatchHub
  let replies = ReplyCache()

  /// - Parameter watch: has the executors that calls of this service run on.
  public init(_ tracks: TrackController, watch: WatchHub) {
    self.tracks = tracks
    self.watch = watch
  }

  public func serverWillDrain() { watch.drain() }
}
