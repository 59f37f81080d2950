/// What a track has in one environment: the deployment that is active there, and whether
/// auto-deploy is held.
public struct EnvironmentBinding: Sendable, Hashable {
  public var componentId: String
  public var trackId: String
  public var environmentId: String
  /// The last deployment that succeeded; empty for none.
  public var currentDeploymentId: String
  /// Its image; empty for none.
  public var currentImageId: String
  /// The rollback that holds auto-deploy here; empty when nothing does.
  public var heldBy: String

  public init(
    componentId: String, trackId: String, environmentId: String, currentDeploymentId: String = "",
    currentImageId: String = "", heldBy: String = ""
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.environmentId = environmentId
    self.currentDeploymentId = currentDeploymentId
    self.currentImageId = currentImageId
    self.heldBy = heldBy
  }
}
