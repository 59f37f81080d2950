public import RPC
import TrackController
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func listDeploymentTracks(
    _ request: ListDeploymentTracksRequest, atOnce context: ServerContext
  ) throws -> EncodedMessage<ListDeploymentTracksResponse>? {
    try answering {
      try tracks.tracksAtOnce(ListTracks(request)).map {
        EncodedMessage(ListDeploymentTracksResponse($0))
      }
    }
  }

  public func listDeploymentTracks(
    _ request: ListDeploymentTracksRequest, context: ServerContext
  ) async throws -> ListDeploymentTracksResponse {
    try await answering {
      ListDeploymentTracksResponse(try await tracks.tracks(ListTracks(request)))
    }
  }
}

extension ListTracks {
  fileprivate init(_ request: ListDeploymentTracksRequest) {
    self.init(
      componentId: request.componentId, pageSize: request.pageSize, pageToken: request.pageToken,
      filter: request.filter, orderBy: request.orderBy)
  }
}

extension ListDeploymentTracksResponse {
  fileprivate init(_ page: ListTracks.Page) {
    self.init()
    deploymentTracks = DeploymentTrack.messages(page.tracks)
    nextPageToken = page.nextPageToken
  }
}
