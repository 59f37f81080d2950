public import TrackController

/// `deploymenttrack.v1.DeploymentTrackService` over the use cases; a file for each RPC.
public struct DeploymentTrackService: Sendable {
  let tracks: TrackController

  public init(_ tracks: TrackController) {
    self.tracks = tracks
  }
}
