/// What became of the deployment that saving an image may cause, as a repeated save is told.
public struct AutoDeployOutcome: Sendable, Hashable {
  public var decision: AutoDeployDecision
  /// The deployment, if it was started; else empty.
  public var deploymentId: String
  /// The reason of the error that refused it, as `ErrorReason` spells it; else empty.
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
