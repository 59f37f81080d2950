public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func listDeploymentTracks(
    _ request: ListDeploymentTracksRequest, atOnce context: ServerContext
  ) throws -> EncodedMessage<ListDeploymentTracksResponse>? {
    guard unlimited.readsAtOnce else { return nil }
    let (list, access) = (ListTracks(request), access.access(context))
    return try lists.reply(
      to: TrackListKey(list: list, readerId: access.readerId),
      { unlimited.commitStamp(ofComponent: list.componentId) }, on: context.executor
    ) {
      try unlimited.limited(to: access).tracksAtOnce(list)
        .map { EncodedMessage(ListDeploymentTracksResponse($0)) }
    }
  }

  public func listDeploymentTracks(
    _ request: ListDeploymentTracksRequest, context: ServerContext
  ) async throws -> ListDeploymentTracksResponse {
    try await answering {
      ListDeploymentTracksResponse(try await readable(context).tracks(ListTracks(request)))
    }
  }
}

/// A ListDeploymentTracks, as far as its reply depends on it.
struct TrackListKey: ReplyKey {
  let list: ListTracks
  /// Whose rights decide on it.
  let readerId: UInt64?

  var byteCount: Int {
    list.componentId.utf8.count + list.pageToken.utf8.count + list.filter.utf8.count
      + list.orderBy.utf8.count
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
