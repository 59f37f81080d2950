public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func rollBackDeploymentTrack(
    _ request: RollBackDeploymentTrackRequest, context: ServerContext
  ) async throws -> RollBackDeploymentTrackResponse {
    try await answering {
      let answer = try await tracks.rollBack(DeploymentRequest(request), by: try context.actor)
      var response = RollBackDeploymentTrackResponse()
      response.deployment = TrackMessages.Deployment(answer.deployment)
      response.rolledBack = answer.rolledBack.map { TrackMessages.Deployment($0) }
      response.restored = answer.restored.map { TrackMessages.Deployment($0) }
      response.failed = answer.failed.map { TrackMessages.Deployment($0) }
      response.warnings = answer.warnings
      return response
    }
  }
}

extension DeploymentRequest {
  init(_ request: RollBackDeploymentTrackRequest) {
    self.init(
      componentId: request.componentId, trackId: request.deploymentTrackId,
      imageId: request.imageId, environmentId: request.environmentId,
      pipelineId: request.deploymentPipelineId,
      apiSettings: request.apiSettings.map { APISettings($0) },
      releaseIds: ReleaseIds(
        releaseId: request.releaseMgtReleaseId,
        releaseDeploymentId: request.releaseMgtDeploymentId),
      reason: request.reason, bypassReason: request.bypassReason,
      expectedCurrentDeploymentId: request.expectedCurrentDeploymentId,
      options: MutationOptions(
        requestId: request.requestId, validateOnly: request.validateOnly))
  }
}
