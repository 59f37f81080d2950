public import RPC
import TrackController
public import TrackMessages

extension DeploymentTrackService {
  public func resumeAutoDeploy(
    _ request: ResumeAutoDeployRequest, context: ServerContext
  ) async throws -> ResumeAutoDeployResponse {
    try await answering {
      var response = ResumeAutoDeployResponse()
      response.resumed = try await tracks.resumeAutoDeploy(
        ResumeAutoDeploy(
          componentId: request.componentId, trackId: request.deploymentTrackId,
          environmentId: request.environmentId,
          options: MutationOptions(
            requestId: request.requestId, validateOnly: request.validateOnly)),
        by: try context.actor)
      return response
    }
  }
}
