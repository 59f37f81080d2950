public import TrackDomain

/// A track with what is active of it.
public struct DeployedTrack: Sendable, Hashable {
  /// The last deployment that succeeded in an environment.
  public struct Active: Sendable, Hashable {
    public var deployment: Deployment
    /// What it is called there; nil when trackd does not know.
    public var objects: DeployedObjects?
  }

  /// How many environments are told of at most: a bound for what one call reads on an event loop,
  /// far above what pipelines have.
  static let mostActive = 100

  public var track: Track
  /// By environment, the first `mostActive` of them.
  public var active: [Active]

  init(_ found: TrackWithActive, deployer: any Deployer) {
    track = found.track
    active = found.active.map { active in
      Active(
        deployment: active.deployment,
        objects: deployer.objects(of: active, component: found.component))
    }
  }
}

extension Deployer {
  /// What a deployment is called in its environment; nil when that is not known.
  fileprivate func objects(
    of active: TrackWithActive.Active, component: Component?
  ) -> DeployedObjects? {
    // Without a place, somebody else has put it where it is.
    guard active.hasPlace, let component, let image = active.image, let configs = active.configs
    else { return nil }
    return objects(
      of: active.deployment, component: component, image: image,
      configs: configs.of(active.deployment))
  }
}
