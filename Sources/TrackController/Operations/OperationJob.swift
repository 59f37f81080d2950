import TrackDomain

/// Leased work.
enum OperationJob: Sendable {
  /// To be brought into its environment.
  case deployment(DeploymentJob)
  /// Over; release management is to be told.
  case report(ReportJob)
  /// A track is to be deleted.
  case deletion(Operation)
  /// What is left in a place that an environment has moved from is to be removed.
  case cleaning(Operation)
}

/// A leased deployment.
struct DeploymentJob: LeasedWork {
  var operation: Operation
  var deployment: Deployment
  /// Nil when it is gone.
  var environment: Environment?

  var id: String { operation.id }
}

/// A leased report to release management of a deployment that has ended.
struct ReportJob: LeasedWork {
  var operation: Operation
  var deployment: Deployment
  var update: ReleaseUpdate
}

extension ReleaseUpdate {
  /// Nil when there is nothing to tell.
  init?(_ deployment: Deployment) {
    guard !deployment.releaseDeploymentId.isEmpty,
      let status = ReleaseStatus(deployment.state)
    else { return nil }
    self.init(
      deploymentId: deployment.id, componentId: deployment.componentId,
      ids: ReleaseIds(
        releaseId: deployment.releaseId, releaseDeploymentId: deployment.releaseDeploymentId),
      status: status, message: deployment.error)
  }
}

extension ReleaseStatus {
  /// Nil for a deployment that has not ended.
  fileprivate init?(_ state: DeploymentState) {
    switch state {
    case .queued, .inProgress: return nil
    case .succeeded: self = .succeeded
    case .failed: self = .failed
    case .cancelled, .superseded: self = .cancelled
    }
  }
}
