public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension CatalogService {
  public func putDeploymentPipeline(
    _ request: PutDeploymentPipelineRequest, context: ServerContext
  ) async throws -> PutDeploymentPipelineResponse {
    let message = request.deploymentPipeline ?? TrackMessages.DeploymentPipeline()
    let deploymentPipeline = try await put(
      DeploymentPipelineDraft(message), etag: message.etag, request, context)
    var response = PutDeploymentPipelineResponse()
    response.deploymentPipeline = TrackMessages.DeploymentPipeline(deploymentPipeline)
    return response
  }

  public func getDeploymentPipeline(
    _ request: GetDeploymentPipelineRequest, context: ServerContext
  ) async throws -> GetDeploymentPipelineResponse {
    var response = GetDeploymentPipelineResponse()
    response.deploymentPipeline = TrackMessages.DeploymentPipeline(
      try await get(request.deploymentPipelineId, context))
    return response
  }

  public func listDeploymentPipelines(
    _ request: ListDeploymentPipelinesRequest, context: ServerContext
  ) async throws -> ListDeploymentPipelinesResponse {
    let page: ResourcePage<TrackDomain.DeploymentPipeline> = try await list(
      in: request.projectId, request, context)
    var response = ListDeploymentPipelinesResponse()
    response.deploymentPipelines = page.resources.map { TrackMessages.DeploymentPipeline($0) }
    response.nextPageToken = page.nextPageToken
    return response
  }

  public func deleteDeploymentPipeline(
    _ request: DeleteDeploymentPipelineRequest, context: ServerContext
  ) async throws -> DeleteDeploymentPipelineResponse {
    try await delete(.deploymentPipeline, request.deploymentPipelineId, request, context)
    return DeleteDeploymentPipelineResponse()
  }
}

extension ListDeploymentPipelinesRequest: PageRequest {}
