import Protobuf
public import RPC
import TrackController
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func updateDeploymentTrack(
    _ request: UpdateDeploymentTrackRequest, context: ServerContext
  ) async throws -> UpdateDeploymentTrackResponse {
    try await answering {
      let track = try await tracks.update(UpdateTrack(request), by: try context.actor)
      var response = UpdateDeploymentTrackResponse()
      response.deploymentTrack = DeploymentTrack(track)
      return response
    }
  }
}

extension UpdateTrack {
  init(_ request: UpdateDeploymentTrackRequest) {
    self.init(
      componentId: request.componentId, trackId: request.deploymentTrackId,
      branch: request.branch, description: request.description,
      autoDeployEnabled: request.autoDeployEnabled, etag: request.etag,
      updateMask: request.updateMask?.paths ?? [],
      options: MutationOptions(
        requestId: request.requestId, validateOnly: request.validateOnly))
  }
}
