import Protobuf
public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func updateDeploymentTrackConfigs(
    _ request: UpdateDeploymentTrackConfigsRequest, context: ServerContext
  ) async throws -> UpdateDeploymentTrackConfigsResponse {
    try await answering {
      let configured = try await tracks.updateConfigs(
        UpdateTrackConfigs(request), by: try context.actor)
      var response = UpdateDeploymentTrackConfigsResponse()
      response.deploymentTrack = DeploymentTrack(configured.track)
      response.configs = TrackMessages.TrackConfigs(
        configured.configs, revision: configured.track.configRevision)
      response.warnings = configured.configs.warnings
      return response
    }
  }
}

extension UpdateTrackConfigs {
  init(_ request: UpdateDeploymentTrackConfigsRequest) {
    self.init(
      componentId: request.componentId, trackId: request.deploymentTrackId,
      endpoints: request.endpoints.map { EndpointDraft($0) },
      apiSettings: request.apiSettings.map { APISettings($0) },
      environmentVariables: request.environmentVariables.map { EnvironmentVariableDraft($0) },
      setVariables: request.setEnvironmentVariables.map { EnvironmentVariableDraft($0) },
      removedVariables: request.removeEnvironmentVariables,
      etag: request.etag, updateMask: request.updateMask?.paths ?? [],
      options: MutationOptions(
        requestId: request.requestId, validateOnly: request.validateOnly))
  }
}
