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

  /// To a deployment that is just accepted, with the configuration that it has.
  init(_ deployment: Deployment, _ configs: TrackConfigs?) {
    self.deployment = deployment
    warnings = (configs ?? TrackConfigs()).warnings
  }

  /// To a rollback that is just accepted.
  init(rollback: Deployment, of current: Deployment, _ facts: RollbackFacts) {
    self.init(rollback, facts.restoredConfigs)
    rolledBack = current
    restored = facts.restored
    failed = Self.failure(since: current, among: facts.newer)
  }

  /// To a request that is repeated.
  init(_ deployment: Deployment, _ reader: any StoreReader) throws(StoreError) {
    let revision = try reader.configRevision(
      componentId: deployment.componentId, trackId: deployment.trackId,
      number: deployment.configRevision)
    self.init(deployment, revision?.configs)
    guard deployment.kind == .rollback else { return }
    rolledBack = try reader.deployment(
      componentId: deployment.componentId, id: deployment.rollbackOf)
    restored = try reader.deployment(
      componentId: deployment.componentId, id: deployment.restores)
    if let rolledBack {
      let page = try reader.deployments(
        DeploymentQuery(
          componentId: deployment.componentId, trackId: deployment.trackId,
          environmentId: deployment.environmentId, before: deployment.sequence,
          limit: Self.maximumExamined))
      failed = Self.failure(since: rolledBack, among: page.deployments)
    }
  }

  /// The most deployments that are examined.
  private static let maximumExamined = 100

  /// Of deployments before a rollback, newest first: the newest one after `current` that came to
  /// something, if that is that it failed. A rollback that failed is left out: it was meant to undo
  /// `current`, too.
  private static func failure(
    since current: Deployment, among deployments: [Deployment]
  ) -> Deployment? {
    for deployment in deployments where deployment.sequence > current.sequence {
      switch deployment.state {
      case .failed where deployment.kind != .rollback: return deployment
      case .queued, .inProgress, .succeeded: return nil
      case .failed, .cancelled, .superseded: continue
      }
    }
    return nil
  }
}
