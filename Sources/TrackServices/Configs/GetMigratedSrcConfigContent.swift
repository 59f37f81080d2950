public import RPC
import TrackController
public import TrackMessages

extension DeploymentTrackService {
  public func getMigratedSrcConfigContent(
    _ request: GetMigratedSrcConfigContentRequest, context: ServerContext
  ) async throws -> GetMigratedSrcConfigContentResponse {
    try await answering {
      let migrated = try await tracks.migrate(
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
