public import RPC
import TrackController
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func createDeploymentTrack(
    _ request: CreateDeploymentTrackRequest, context: ServerContext
  ) async throws -> CreateDeploymentTrackResponse {
    try await answering {
      let track = try await tracks.create(CreateTrack(request), by: try context.actor)
      var response = CreateDeploymentTrackResponse()
      response.deploymentTrack = DeploymentTrack(track)
      return response
    }
  }
}

extension CreateTrack {
  init(_ request: CreateDeploymentTrackRequest) {
    self.init(
      componentId: request.componentId, id: request.id, apiVersion: request.apiVersion,
      branch: request.branch, description: request.description,
      autoDeployEnabled: request.autoDeployEnabled,
      options: MutationOptions(
        requestId: request.requestId, validateOnly: request.validateOnly))
  }
}
