/// A track with its active deployments, their images and configurations.
public struct TrackWithActive: Sendable, Hashable {
  /// The last deployment that succeeded in one environment.
  public struct Active: Sendable, Hashable {
    public var deployment: Deployment
    /// Whether the environment's binding holds the deployment's place.
    public var hasPlace: Bool
    /// Nil when it was deleted.
    public var image: TrackImage?
    /// Those of `deployment.configRevision` without their environment variables; nil when they were
    /// deleted.
    public var configs: TrackConfigs?

    public init(
      deployment: Deployment, hasPlace: Bool, image: TrackImage?, configs: TrackConfigs?
    ) {
      self.deployment = deployment
      self.hasPlace = hasPlace
      self.image = image
      self.configs = configs
    }
  }

  public var track: Track
  /// The track's component; nil when nothing is active.
  public var component: Component?
  /// By environment.
  public var active: [Active]

  public init(_ track: Track, component: Component? = nil, active: [Active] = []) {
    self.track = track
    self.component = component
    self.active = active
  }
}
