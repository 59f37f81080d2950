public import RPC
import TrackController
import TrackDomain
public import TrackMessages

extension CatalogService {
  public func listDeploymentPipelines(
    _ request: ListDeploymentPipelinesRequest, context: ServerContext
  ) async throws -> ListDeploymentPipelinesResponse {
    try await answering {
      let page = try await catalog.list(
        TrackDomain.DeploymentPipeline.self, parentId: request.projectId,
        pageSize: request.pageSize,
        pageToken: request.pageToken)
      var response = ListDeploymentPipelinesResponse()
      response.deploymentPipelines = page.resources.map { TrackMessages.DeploymentPipeline($0) }
      response.nextPageToken = page.nextPageToken
      return response
    }
  }
}
