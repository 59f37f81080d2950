import Protobuf
package import TrackDomain
package import TrackMessages

extension TrackMessages.Deployment {
  package init(_ deployment: TrackDomain.Deployment) {
    self.init()
    id = deployment.id
    componentId = deployment.componentId
    deploymentTrackId = deployment.trackId
    environmentId = deployment.environmentId
    imageId = deployment.imageId
    kind = TrackMessages.DeploymentKind(deployment.kind)
    state = TrackMessages.DeploymentState(deployment.state)
    releaseMgtReleaseId = deployment.releaseId
    releaseMgtDeploymentId = deployment.releaseDeploymentId
    configRevision = deployment.configRevision
    apiSettings = deployment.apiSettings.map { ApiSettings($0) }
    rollbackOf = deployment.rollbackOf
    rolledBackBy = deployment.rolledBackBy
    restores = deployment.restores
    holdsAutoDeploy = deployment.holdsAutoDeploy
    reason = deployment.reason
    bypassReason = deployment.bypassReason
    actor = deployment.actor.name
    actorVerified = deployment.actor.isVerified
    onBehalfOf = deployment.actor.onBehalfOf
    error = deployment.error
    gitopsHash = deployment.gitopsHash
    createdAt = Protobuf.Timestamp(deployment.createdAt)
    startedAt = deployment.startedAt.map { Protobuf.Timestamp($0) }
    endedAt = deployment.endedAt.map { Protobuf.Timestamp($0) }
    if let made = deployment.attempts {
      attempts = made.count
      lastError = made.lastError
      nextAttemptAt = made.nextAt.map { Protobuf.Timestamp($0) }
    }
  }
}

extension TrackMessages.DeploymentKind {
  package init(_ kind: TrackDomain.DeploymentKind) {
    self =
      switch kind {
      case .deploy: .deploy
      case .rollback: .rollback
      case .auto: .auto
      case .redeploy: .redeploy
      }
  }
}

extension TrackMessages.DeploymentState {
  package init(_ state: TrackDomain.DeploymentState) {
    self =
      switch state {
      case .queued: .queued
      case .inProgress: .inProgress
      case .succeeded: .succeeded
      case .failed: .failed
      case .cancelled: .cancelled
      case .superseded: .superseded
      }
  }
}
