public import TrackDomain

/// A track with its active deployments.
public struct DeployedTrack: Sendable, Hashable {
  /// The last deployment that succeeded in an environment.
  public struct Active: Sendable, Hashable {
    public var deployment: Deployment
    /// The names of its objects there; nil when trackd does not know them.
    public var objects: DeployedObjects?
  }

  /// The most environments that are reported: bounds what one call reads on an event loop, far
  /// above the length of pipelines.
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
  /// The names of a deployment's objects in its environment; nil when they are unknown.
  fileprivate func objects(
    of active: TrackWithActive.Active, component: Component?
  ) -> DeployedObjects? {
    // Without a recorded place, another system published the deployment.
    guard active.hasPlace, let component, let image = active.image, let configs = active.configs
    else { return nil }
    return objects(
      of: active.deployment, component: component, image: image,
      configs: configs.of(active.deployment))
  }
}
