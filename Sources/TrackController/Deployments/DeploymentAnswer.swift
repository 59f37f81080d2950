public import TrackDomain

/// The answer to a call that makes a deployment.
public struct DeploymentAnswer: Sendable, Hashable {
  /// As it was accepted; to a repeated request, as it is now.
  public var deployment: Deployment
  /// What a rollback undoes: the deployment that was active when it was accepted. Nil for others.
  public var rolledBack: Deployment?
  /// The earlier deployment whose image and configuration a rollback brings back. Nil for others.
  public var restored: Deployment?
  /// A deployment after `rolledBack` that failed: nothing of it is active, and somebody who rolls
  /// back may mean that one. Nil where there is none, and for others than rollbacks.
  public var failed: Deployment?

  /// What people should know of its configuration, as sentences.
  public var warnings: [String]

  init(_ deployment: Deployment, _ reader: any StoreReader) throws(StoreError) {
    self.deployment = deployment
    warnings = try reader.configs(of: deployment).warnings
    guard deployment.kind == .rollback else { return }
    rolledBack = try reader.deployment(
      componentId: deployment.componentId, id: deployment.rollbackOf)
    restored = try reader.deployment(
      componentId: deployment.componentId, id: deployment.restores)
    if let rolledBack {
      failed = try Self.failure(since: rolledBack, before: deployment, reader)
    }
  }

  /// How many deployments are looked at, at most.
  private static let maximumExamined = 100

  /// The newest deployment between two that came to something, if that is that it failed. A
  /// rollback that failed is left out: it was meant to undo `current`, too.
  private static func failure(
    since current: Deployment, before rollback: Deployment, _ reader: any StoreReader
  ) throws(StoreError) -> Deployment? {
    let page = try reader.deployments(
      DeploymentQuery(
        componentId: rollback.componentId, trackId: rollback.trackId,
        environmentId: rollback.environmentId,
        before: rollback.sequence == 0 ? nil : rollback.sequence, limit: maximumExamined))
    for deployment in page.deployments where deployment.sequence > current.sequence {
      switch deployment.state {
      case .failed where deployment.kind != .rollback: return deployment
      case .queued, .inProgress, .succeeded: return nil
      case .failed, .cancelled, .superseded: continue
      }
    }
    return nil
  }
}
