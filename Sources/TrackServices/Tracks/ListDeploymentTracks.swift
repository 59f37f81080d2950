public import RPC
import TrackController
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func listDeploymentTracks(
    _ request: ListDeploymentTracksRequest, context: ServerContext
  ) async throws -> ListDeploymentTracksResponse {
    try await answering {
      let page = try await tracks.tracks(
        ListTracks(
          componentId: request.componentId, pageSize: request.pageSize,
          pageToken: request.pageToken, filter: request.filter, orderBy: request.orderBy))
      var response = ListDeploymentTracksResponse()
      response.deploymentTracks = DeploymentTrack.messages(page.tracks)
      response.nextPageToken = page.nextPageToken
      return response
    }
  }
}
