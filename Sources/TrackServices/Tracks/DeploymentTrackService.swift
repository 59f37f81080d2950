import RPC
public import TrackController
public import TrackMessages

/// `deploymenttrack.v1.DeploymentTrackService` over the use cases; a file for each RPC.
public struct DeploymentTrackService: DeploymentTrackServiceServer {
  let tracks: TrackController

  public init(_ tracks: TrackController) {
    self.tracks = tracks
  }
}
