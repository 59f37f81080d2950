import Protobuf
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
      let found = try await tracks(context).configs(
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

  public func listDeploymentTrackConfigRevisions(
    _ request: ListDeploymentTrackConfigRevisionsRequest, context: ServerContext
  ) async throws -> ListDeploymentTrackConfigRevisionsResponse {
    try await answering {
      let page = try await tracks(context).configRevisions(
        ListConfigRevisions(
          componentId: request.componentId, trackId: request.deploymentTrackId,
          pageSize: request.pageSize, pageToken: request.pageToken))
      var response = ListDeploymentTrackConfigRevisionsResponse()
      response.configRevisions = page.revisions.map { TrackMessages.ConfigRevision($0) }
      response.nextPageToken = page.nextPageToken
      return response
    }
  }

  public func updateDeploymentTrackConfigs(
    _ request: UpdateDeploymentTrackConfigsRequest, context: ServerContext
  ) async throws -> UpdateDeploymentTrackConfigsResponse {
    context.note(request)
    return try await answering {
      let configured = try await tracks(context).updateConfigs(
        UpdateTrackConfigs(request), by: try context.actor)
      var response = UpdateDeploymentTrackConfigsResponse()
      response.deploymentTrack = DeploymentTrack(configured.track)
      response.configs = TrackMessages.TrackConfigs(
        configured.configs, revision: configured.track.configRevision)
      response.warnings = configured.configs.warnings
      return response
    }
  }
}

extension UpdateTrackConfigs {
  init(_ request: UpdateDeploymentTrackConfigsRequest) {
    self.init(
      componentId: request.componentId, trackId: request.deploymentTrackId,
      endpoints: request.endpoints.map { EndpointDraft($0) },
      apiSettings: request.apiSettings.map { APISettings($0) },
      environmentVariables: request.environmentVariables.map { EnvironmentVariableDraft($0) },
      setVariables: request.setEnvironmentVariables.map { EnvironmentVariableDraft($0) },
      removedVariables: request.removeEnvironmentVariables,
      etag: request.etag, updateMask: request.updateMask?.paths ?? [],
      options: request.mutationOptions)
  }
}

extension TrackMessages.ConfigRevision {
  init(_ revision: RevisedConfig) {
    self.init()
    configRevision = revision.number
    createdAt = Protobuf.Timestamp(revision.createdAt)
    actor = revision.actor.name
    actorVerified = revision.actor.isVerified
    onBehalfOf = revision.actor.onBehalfOf
    changes = revision.changes.map { TrackMessages.ConfigChange($0) }
  }
}

extension TrackMessages.ConfigChange {
  init(_ change: TrackDomain.ConfigChange) {
    self.init()
    action =
      switch change.action {
      case .added: .added
      case .updated: .updated
      case .removed: .removed
      }
    target = change.target
  }
}
