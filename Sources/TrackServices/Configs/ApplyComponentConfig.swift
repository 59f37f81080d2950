public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func applyComponentConfig(
    _ request: ApplyComponentConfigRequest, context: ServerContext
  ) async throws -> ApplyComponentConfigResponse {
    try await answering {
      let applied = try await tracks.apply(
        ApplyComponentConfig(request), by: try context.actor)
      return ApplyComponentConfigResponse(applied)
    }
  }
}

extension ApplyComponentConfig {
  init(_ request: ApplyComponentConfigRequest) {
    self.init(
      componentId: request.componentId, trackId: request.deploymentTrackId,
      commitHash: request.commitHash, etag: request.etag,
      options: MutationOptions(
        requestId: request.requestId, validateOnly: request.validateOnly))
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
