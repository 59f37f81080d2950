public import RPC
import TrackController
import TrackDomain
public import TrackMessages

extension CatalogService {
  public func putDeploymentPipeline(
    _ request: PutDeploymentPipelineRequest, context: ServerContext
  ) async throws -> PutDeploymentPipelineResponse {
    try await answering {
      let deploymentPipeline = try await catalog.put(
        DeploymentPipelineDraft(request.deploymentPipeline ?? TrackMessages.DeploymentPipeline()),
        etag: request.deploymentPipeline?.etag ?? "",
        options: MutationOptions(
          requestId: request.requestId, validateOnly: request.validateOnly),
        by: try context.actor)
      var response = PutDeploymentPipelineResponse()
      response.deploymentPipeline = TrackMessages.DeploymentPipeline(deploymentPipeline)
      return response
    }
  }
}
