public import RPC
import TrackController
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func listDeploymentTracks(
    _ request: ListDeploymentTracksRequest, atOnce context: ServerContext
  ) throws -> EncodedMessage<ListDeploymentTracksResponse>? {
    let list = ListTracks(request)
    return try lists.reply(
      to: list, { tracks.commitStamp(ofComponent: list.componentId) }, on: context.executor
    ) {
      try tracks.tracksAtOnce(list).map { EncodedMessage(ListDeploymentTracksResponse($0)) }
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

extension ListTracks: ReplyKey {
  var byteCount: Int {
    componentId.utf8.count + pageToken.utf8.count + filter.utf8.count + orderBy.utf8.count
  }

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
