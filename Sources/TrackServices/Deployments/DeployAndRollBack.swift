public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func deployDeploymentTrack(
    _ request: DeployDeploymentTrackRequest, context: ServerContext
  ) async throws -> DeployDeploymentTrackResponse {
    context.note(request)
    return try await answering {
      let answer = try await tracks(context).deploy(
        DeploymentRequest(request), by: try context.actor, timeLeft: context.remainingTime)
      var response = DeployDeploymentTrackResponse()
      response.deployment = TrackMessages.Deployment(answer.deployment)
      response.warnings = answer.warnings
      return response
    }
  }

  public func rollBackDeploymentTrack(
    _ request: RollBackDeploymentTrackRequest, context: ServerContext
  ) async throws -> RollBackDeploymentTrackResponse {
    context.note(request)
    return try await answering {
      let answer = try await tracks(context).rollBack(
        DeploymentRequest(request), by: try context.actor)
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

/// The request of a method that puts an image into an environment.
protocol DeployingRequest: MutationRequest {
  var componentId: String { get }
  var deploymentTrackId: String { get }
  var imageId: String { get }
  var environmentId: String { get }
  var deploymentPipelineId: String { get }
  var apiSettings: ApiSettings? { get }
  var releaseMgtReleaseId: String { get }
  var releaseMgtDeploymentId: String { get }
  var reason: String { get }
  var bypassReason: String { get }
  var expectedCurrentDeploymentId: String { get }
}

extension DeployDeploymentTrackRequest: DeployingRequest {}
extension RollBackDeploymentTrackRequest: DeployingRequest {}

extension DeploymentRequest {
  init(_ request: some DeployingRequest) {
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
      options: request.mutationOptions)
  }
}
