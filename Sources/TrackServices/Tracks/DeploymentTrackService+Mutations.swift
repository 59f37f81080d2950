import Protobuf
public import RPC
import TrackController
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func createDeploymentTrack(
    _ request: CreateDeploymentTrackRequest, context: ServerContext
  ) async throws -> CreateDeploymentTrackResponse {
    context.note(request)
    return try await answering {
      let track = try await tracks(context).create(CreateTrack(request), by: try context.actor)
      var response = CreateDeploymentTrackResponse()
      response.deploymentTrack = DeploymentTrack(track)
      return response
    }
  }

  public func updateDeploymentTrack(
    _ request: UpdateDeploymentTrackRequest, context: ServerContext
  ) async throws -> UpdateDeploymentTrackResponse {
    context.note(request)
    return try await answering {
      let track = try await tracks(context).update(UpdateTrack(request), by: try context.actor)
      var response = UpdateDeploymentTrackResponse()
      response.deploymentTrack = DeploymentTrack(track)
      return response
    }
  }

  public func deleteDeploymentTrack(
    _ request: DeleteDeploymentTrackRequest, context: ServerContext
  ) async throws -> DeleteDeploymentTrackResponse {
    context.note(request)
    return try await answering {
      let deleted = try await tracks(context).delete(
        DeleteTrack(
          componentId: request.componentId, trackId: request.deploymentTrackId,
          etag: request.etag, force: request.force, options: request.mutationOptions),
        by: try context.actor)
      var response = DeleteDeploymentTrackResponse()
      response.latestDeploymentTrackId = deleted.latestTrackId
      response.abandonedPlaces = deleted.abandonedPlaces
      return response
    }
  }
}

extension CreateTrack {
  init(_ request: CreateDeploymentTrackRequest) {
    self.init(
      componentId: request.componentId, id: request.id, apiVersion: request.apiVersion,
      branch: request.branch, description: request.description,
      autoDeployEnabled: request.autoDeployEnabled, options: request.mutationOptions)
  }
}

extension UpdateTrack {
  init(_ request: UpdateDeploymentTrackRequest) {
    self.init(
      componentId: request.componentId, trackId: request.deploymentTrackId,
      branch: request.branch, description: request.description,
      autoDeployEnabled: request.autoDeployEnabled, etag: request.etag,
      updateMask: request.updateMask?.paths ?? [], options: request.mutationOptions)
  }
}
