public import RPC
import TrackController
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func getDeploymentTrack(
    _ request: GetDeploymentTrackRequest, context: ServerContext
  ) async throws -> GetDeploymentTrackResponse {
    try await answering {
      let track = try await tracks.track(
        componentId: request.componentId, trackId: request.deploymentTrackId)
      var response = GetDeploymentTrackResponse()
      // In place, which spares the copy of a large value.
      response.deploymentTrack = DeploymentTrack()
      response.deploymentTrack?.set(track)
      return response
    }
  }
}
