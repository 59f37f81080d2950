public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func applyComponentConfig(
    _ request: ApplyComponentConfigRequest, context: ServerContext
  ) async throws -> ApplyComponentConfigResponse {
    context.note(request)
    return try await answering {
      let applied = try await tracks(context).apply(
        ApplyComponentConfig(request), by: try context.actor)
      return ApplyComponentConfigResponse(applied)
    }
  }

  public func getMigratedSrcConfigContent(
    _ request: GetMigratedSrcConfigContentRequest, context: ServerContext
  ) async throws -> GetMigratedSrcConfigContentResponse {
    try await answering {
      let migrated = try await tracks(context).migrate(
        MigrateSourceConfig(
          componentId: request.componentId, trackId: request.deploymentTrackId,
          commitHash: request.commitHash))
      var response = GetMigratedSrcConfigContentResponse()
      response.fileContent = migrated.content
      response.fileName = migrated.fileName
      response.migratedFrom = migrated.migratedFrom
      response.warnings = migrated.warnings
      response.resolvedCommit = migrated.commit
      return response
    }
  }
}

extension ApplyComponentConfig {
  init(_ request: ApplyComponentConfigRequest) {
    self.init(
      componentId: request.componentId, trackId: request.deploymentTrackId,
      commitHash: request.commitHash, etag: request.etag, options: request.mutationOptions)
  }
}

extension ApplyComponentConfigResponse {
  init(_ applied: AppliedConfig) {
    self.init()
    let outcome = applied.outcome
    deploymentTrack = DeploymentTrack(outcome.track)
    configs = TrackMessages.TrackConfigs(
      applied.configs, revision: outcome.track.configRevision)
    changes = outcome.changes.map { TrackMessages.ConfigChange($0) }
    warnings = outcome.warnings
    resolvedCommit = outcome.commit
    fileName = outcome.fileName
  }
}
