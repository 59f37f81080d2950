/// What a deployment was accepted under. It is looked at once more before anything of it is
/// published, because the deployment may have waited since.
public struct DeploymentConditions: Sendable, Hashable {
  /// The deployment that has to be the active one in its environment; empty for any.
  public var expectedCurrentId: String
  /// The environment in which its image has to be active; empty for none.
  public var promotedFrom: String
  /// Why the image need not be active there; empty when it has to.
  public var bypassReason: String

  public init(
    expectedCurrentId: String = "", promotedFrom: String = "", bypassReason: String = ""
  ) {
    self.expectedCurrentId = expectedCurrentId
    self.promotedFrom = promotedFrom
    self.bypassReason = bypassReason
  }
}
