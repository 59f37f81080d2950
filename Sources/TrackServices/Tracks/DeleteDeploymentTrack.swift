public import RPC
import TrackController
public import TrackMessages

extension DeploymentTrackService {
  public func deleteDeploymentTrack(
    _ request: DeleteDeploymentTrackRequest, context: ServerContext
  ) async throws -> DeleteDeploymentTrackResponse {
    try await answering {
      let deleted = try await tracks.delete(
        DeleteTrack(
          componentId: request.componentId, trackId: request.deploymentTrackId,
          etag: request.etag, force: request.force,
          options: MutationOptions(
            requestId: request.requestId, validateOnly: request.validateOnly)),
        by: try context.actor)
      var response = DeleteDeploymentTrackResponse()
      response.latestDeploymentTrackId = deleted.latestTrackId
      response.abandonedPlaces = deleted.abandonedPlaces
      return response
    }
  }
}
