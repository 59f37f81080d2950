public import RPC
import TrackController
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func getDeployment(
    _ request: GetDeploymentRequest, context: ServerContext
  ) async throws -> GetDeploymentResponse {
    try await answering {
      let deployment = try await tracks.deployment(
        componentId: request.componentId, trackId: request.deploymentTrackId,
        deploymentId: request.deploymentId)
      var response = GetDeploymentResponse()
      response.deployment = Deployment(deployment)
      return response
    }
  }
}
