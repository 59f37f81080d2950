public import RPC
import TrackController
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func listDeployments(
    _ request: ListDeploymentsRequest, context: ServerContext
  ) async throws -> ListDeploymentsResponse {
    try await answering {
      let page = try await tracks.deployments(
        ListDeployments(
          componentId: request.componentId, trackId: request.deploymentTrackId,
          environmentId: request.environmentId, pageSize: request.pageSize,
          pageToken: request.pageToken))
      var response = ListDeploymentsResponse()
      response.deployments = page.deployments.map { Deployment($0) }
      response.nextPageToken = page.nextPageToken
      return response
    }
  }
}
