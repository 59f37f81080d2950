public import RPC
import TrackController
import TrackDomain
public import TrackMessages

extension CatalogService {
  public func deleteDeploymentPipeline(
    _ request: DeleteDeploymentPipelineRequest, context: ServerContext
  ) async throws -> DeleteDeploymentPipelineResponse {
    try await answering {
      try await catalog.delete(
        .deploymentPipeline, id: request.deploymentPipelineId,
        options: MutationOptions(
          requestId: request.requestId, validateOnly: request.validateOnly),
        by: try context.actor)
      return DeleteDeploymentPipelineResponse()
    }
  }
}
