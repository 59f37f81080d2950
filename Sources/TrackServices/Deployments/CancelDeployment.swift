public import RPC
import TrackController
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func cancelDeployment(
    _ request: CancelDeploymentRequest, context: ServerContext
  ) async throws -> CancelDeploymentResponse {
    try await answering {
      let deployment = try await tracks.cancel(
        CancelDeployment(
          componentId: request.componentId, trackId: request.deploymentTrackId,
          deploymentId: request.deploymentId,
          options: MutationOptions(
            requestId: request.requestId, validateOnly: request.validateOnly)),
        by: try context.actor)
      var response = CancelDeploymentResponse()
      response.deployment = Deployment(deployment)
      return response
    }
  }
}
