public import RPC
import TrackController
import TrackDomain
public import TrackMessages

extension CatalogService {
  public func getDeploymentPipeline(
    _ request: GetDeploymentPipelineRequest, context: ServerContext
  ) async throws -> GetDeploymentPipelineResponse {
    try await answering {
      let deploymentPipeline = try await catalog.get(
        TrackDomain.DeploymentPipeline.self, id: request.deploymentPipelineId)
      var response = GetDeploymentPipelineResponse()
      response.deploymentPipeline = TrackMessages.DeploymentPipeline(deploymentPipeline)
      return response
    }
  }
}
