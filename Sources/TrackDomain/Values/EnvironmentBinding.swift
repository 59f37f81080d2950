/// The state of a track in one environment: the active deployment, its place, and whether
/// auto-deploy is held.
public struct EnvironmentBinding: Sendable, Hashable {
  public var componentId: String
  public var trackId: String
  public var environmentId: String
  /// The last deployment that succeeded; empty for none.
  public var currentDeploymentId: String
  /// The image of that deployment; empty for none.
  public var currentImageId: String
  /// The rollback that holds auto-deploy in the environment; empty for none.
  public var heldBy: String
  /// The place of the deployment that was published last, or was about to be, even if the
  /// environment has moved since. Nil when none was published, or when the deployer keeps no
  /// places.
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

/// A place in the order of all bindings.
public struct BindingKey: Sendable, Hashable {
  public var componentId: String
  public var trackId: String
  public var environmentId: String

  public init(componentId: String, trackId: String, environmentId: String) {
    self.componentId = componentId
    self.trackId = trackId
    self.environmentId = environmentId
  }
}
