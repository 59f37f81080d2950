import TrackDomain

/// A leased operation with the data that its work needs.
enum OperationJob: Sendable {
  /// A deployment to publish.
  case deployment(DeploymentJob)
  /// An ended deployment to report to release management.
  case report(ReportJob)
  /// A track to delete.
  case deletion(Operation)
  /// A place that an environment has moved from, to clean up.
  case cleaning(Operation)
}

/// A leased deployment.
struct DeploymentJob: LeasedWork {
  var operation: Operation
  var deployment: Deployment
  /// Nil when it does not exist any more.
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
  /// Nil when there is nothing to report.
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
