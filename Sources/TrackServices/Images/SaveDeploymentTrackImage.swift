import Protobuf
public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func saveDeploymentTrackImage(
    _ request: SaveDeploymentTrackImageRequest, context: ServerContext
  ) async throws -> SaveDeploymentTrackImageResponse {
    context.note(request)
    return try await answering {
      let saved = try await tracks(context).save(
        try SaveTrackImage(request), by: try context.actor, timeLeft: context.remainingTime)
      return SaveDeploymentTrackImageResponse(saved)
    }
  }
}

extension SaveTrackImage {
  /// Drops the token for the registry: no later code sees it.
  ///
  /// Throws when the commit's time is out of range.
  init(_ request: SaveDeploymentTrackImageRequest) throws(DomainError) {
    let committedAt = try request.gitHashCommitTimestamp.map { (time) throws(DomainError) in
      guard let time = TrackDomain.Timestamp(time) else {
        throw DomainError.invalid(
          "git_hash_commit_timestamp",
          InvalidValue(.invalidCommitHash, "must be a time of the years 1 to 9999"))
      }
      return time
    }
    self.init(
      organizationId: request.organizationId, projectId: request.projectId,
      componentId: request.componentId, trackId: request.deploymentTrackId,
      images: request.images.map { TrackDomain.ContainerImage($0) }, commitHash: request.gitHash,
      committedAt: committedAt,
      gitopsHash: request.gitopsHash, runId: request.runId, environmentId: request.environmentId,
      apiDefinitionPath: request.apiDefinitionPath, ports: request.imagePorts,
      branch: request.branch, options: request.mutationOptions)
  }
}

extension SaveDeploymentTrackImageResponse {
  init(_ saved: SavedImage) {
    self.init()
    var message = DeploymentTrackImage(saved.image)
    message.deployedIn = saved.deployedIn
    image = message
    autoDeploy = TrackMessages.AutoDeployDecision(saved.image.autoDeploy.decision)
    deployment = saved.deployment.map { TrackMessages.Deployment($0) }
    autoDeployReason = saved.image.autoDeploy.reason
    autoDeployMessage = saved.explanation
  }
}
