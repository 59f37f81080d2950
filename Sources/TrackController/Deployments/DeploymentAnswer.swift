public import TrackDomain

/// The answer to a call that makes a deployment.
public struct DeploymentAnswer: Sendable, Hashable {
  /// As accepted; for a repeated request, as it is now.
  public var deployment: Deployment
  /// The deployment that a rollback undoes: active when the rollback was accepted. Nil for others.
  public var rolledBack: Deployment?
  /// The earlier deployment whose image and configuration a rollback restores. Nil for others.
  public var restored: Deployment?
  /// A deployment after `rolledBack` that failed. It is not active, but may be the one that the
  /// caller wants to undo. Nil when there is none, and for other kinds than rollbacks.
  public var failed: Deployment?

  /// Warnings about its configuration: sentences for people.
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

  /// The most deployments that are examined.
  private static let maximumExamined = 100

  /// The newest deployment between `current` and `rollback` if it failed; cancelled and superseded
  /// deployments do not count. Failed rollbacks are skipped: they too were meant to undo `current`.
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
