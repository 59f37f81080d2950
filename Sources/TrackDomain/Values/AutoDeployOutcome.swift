/// The outcome of auto-deploy for a saved image; a repeated save gets it too.
public struct AutoDeployOutcome: Sendable, Hashable {
  public var decision: AutoDeployDecision
  /// The started deployment; else empty.
  public var deploymentId: String
  /// The reason of the error that refused the deployment, as `ErrorReason` spells it; else empty.
  public var reason: String
  /// That error's message; else empty.
  public var message: String

  public init(
    _ decision: AutoDeployDecision, deploymentId: String = "", reason: String = "",
    message: String = ""
  ) {
    self.decision = decision
    self.deploymentId = deploymentId
    self.reason = reason
    self.message = message
  }
}

/// Whether saving an image started a deployment, and if not, why. The raw values are kept in
/// stores.
public enum AutoDeployDecision: UInt8, Sendable, Hashable, CaseIterable {
  /// A deployment was accepted.
  case started = 1
  /// Auto-deploy is off for the track.
  case disabled = 2
  /// A rollback holds auto-deploy in the environment.
  case held = 3
  /// The environment has, or is about to get, an image of a newer commit.
  case staleCommit = 4
  /// The track is not linked to a branch.
  case branchUnlinked = 5
  /// The image belongs to no track yet.
  case unversioned = 6
  /// There is no environment to deploy into.
  case noEnvironment = 7
  /// A rule refuses the deployment; the error says which.
  case refused = 8
}
