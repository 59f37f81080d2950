public import RPC
import TrackController
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func getDeployment(
    _ request: GetDeploymentRequest, context: ServerContext
  ) async throws -> GetDeploymentResponse {
    try await answering {
      let deployment = try await tracks(context).deployment(
        componentId: request.componentId, trackId: request.deploymentTrackId,
        deploymentId: request.deploymentId)
      var response = GetDeploymentResponse()
      response.deployment = Deployment(deployment)
      return response
    }
  }

  public func listDeployments(
    _ request: ListDeploymentsRequest, context: ServerContext
  ) async throws -> ListDeploymentsResponse {
    try await answering {
      let page = try await tracks(context).deployments(
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

  public func cancelDeployment(
    _ request: CancelDeploymentRequest, context: ServerContext
  ) async throws -> CancelDeploymentResponse {
    context.note(request)
    return try await answering {
      let deployment = try await tracks(context).cancel(
        CancelDeployment(
          componentId: request.componentId, trackId: request.deploymentTrackId,
          deploymentId: request.deploymentId, options: request.mutationOptions),
        by: try context.actor)
      var response = CancelDeploymentResponse()
      response.deployment = Deployment(deployment)
      return response
    }
  }

  public func resumeAutoDeploy(
    _ request: ResumeAutoDeployRequest, context: ServerContext
  ) async throws -> ResumeAutoDeployResponse {
    context.note(request)
    return try await answering {
      var response = ResumeAutoDeployResponse()
      response.resumed = try await tracks(context).resumeAutoDeploy(
        ResumeAutoDeploy(
          componentId: request.componentId, trackId: request.deploymentTrackId,
          environmentId: request.environmentId, options: request.mutationOptions),
        by: try context.actor)
      return response
    }
  }
}
