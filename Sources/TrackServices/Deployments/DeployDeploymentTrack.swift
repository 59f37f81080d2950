public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func deployDeploymentTrack(
    _ request: DeployDeploymentTrackRequest, context: ServerContext
  ) async throws -> DeployDeploymentTrackResponse {
    try await answering {
      let answer = try await tracks.deploy(
        DeploymentRequest(request), by: try context.actor, timeLeft: context.remainingTime)
      var response = DeployDeploymentTrackResponse()
      response.deployment = TrackMessages.Deployment(answer.deployment)
      response.warnings = answer.warnings
      return response
    }
  }
}

extension DeploymentRequest {
  init(_ request: DeployDeploymentTrackRequest) {
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
