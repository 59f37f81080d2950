/// What a track has in one environment: the deployment that is active there, where it was put, and
/// whether auto-deploy is held.
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
  /// Where the deployment that was published last was put, or was about to be, whatever the environment
  /// says today; nil when none was, or when the deployer keeps no places.
  public var place: DeploymentPlace?

  public init(
    componentId: String, trackId: String, environmentId: String, currentDeploymentId: String = "",
    currentImageId: String = "", heldBy: String = "", place: DeploymentPlace? = nil
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.environmentId = environmentId
    self.currentDeploymentId = currentDeploymentId
    self.currentImageId = currentImageId
    self.heldBy = heldBy
    self.place = place
  }
}
