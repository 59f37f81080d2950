public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func getDeploymentTrackConfigs(
    _ request: GetDeploymentTrackConfigsRequest, context: ServerContext
  ) async throws -> GetDeploymentTrackConfigsResponse {
    try await answering {
      let found = try await tracks.configs(
        GetTrackConfigs(
          componentId: request.componentId, trackId: request.deploymentTrackId,
          number: request.configRevision))
      var response = GetDeploymentTrackConfigsResponse()
      response.configs = TrackMessages.TrackConfigs(found.configs, revision: found.number)
      response.revision = found.revision.map { TrackMessages.ConfigRevision($0) }
      response.etag = ETag.text(found.track.revision)
      response.warnings = found.warnings
      return response
    }
  }
}
