import Protobuf
public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func listDeploymentTrackConfigRevisions(
    _ request: ListDeploymentTrackConfigRevisionsRequest, context: ServerContext
  ) async throws -> ListDeploymentTrackConfigRevisionsResponse {
    try await answering {
      let page = try await tracks.configRevisions(
        ListConfigRevisions(
          componentId: request.componentId, trackId: request.deploymentTrackId,
          pageSize: request.pageSize, pageToken: request.pageToken))
      var response = ListDeploymentTrackConfigRevisionsResponse()
      response.configRevisions = page.revisions.map { TrackMessages.ConfigRevision($0) }
      response.nextPageToken = page.nextPageToken
      return response
    }
  }
}

extension TrackMessages.ConfigRevision {
  init(_ revision: RevisedConfig) {
    self.init()
    configRevision = revision.number
    createdAt = Protobuf.Timestamp(revision.createdAt)
    actor = revision.actor.name
    actorVerified = revision.actor.isVerified
    changes = revision.changes.map { TrackMessages.ConfigChange($0) }
  }
}
