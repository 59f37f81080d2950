public import TrackDomain

/// A track with what is active of it.
public struct DeployedTrack: Sendable, Hashable {
  /// The last deployment that succeeded in an environment.
  public struct Active: Sendable, Hashable {
    public var deployment: Deployment
    /// What it is called there; nil when trackd does not know.
    public var objects: DeployedObjects?
  }

  public var track: Track
  /// By environment.
  public var active: [Active]

  init(_ track: Track, deployer: any Deployer, _ reader: any StoreReader) throws(StoreError) {
    self.track = track
    active = []
    let bindings = try reader.bindings(componentId: track.componentId, trackId: track.id)
    for binding in bindings where !binding.currentDeploymentId.isEmpty {
      let deployment = try reader.deployment(
        componentId: track.componentId, id: binding.currentDeploymentId)
      guard let deployment else { continue }
      // Without a place, somebody else has put it where it is.
      let objects = binding.place == nil ? nil : try deployer.objects(of: deployment, reader)
      active.append(Active(deployment: deployment, objects: objects))
    }
  }
}

extension Deployer {
  /// What a deployment is called in its environment; nil when that is not known.
  fileprivate func objects(
    of deployment: Deployment, _ reader: any StoreReader
  ) throws(StoreError) -> DeployedObjects? {
    let (componentId, number) = (deployment.componentId, deployment.configRevision)
    guard let component = try reader.component(componentId)?.component,
      let image = try reader.image(componentId: componentId, id: deployment.imageId)
    else { return nil }
    var configs = TrackConfigs()
    if number > 0 {
      let found = try reader.configOutline(
        componentId: componentId, trackId: deployment.trackId, number: number)
      guard let found else { return nil }
      configs = found
    }
    return objects(
      of: deployment, component: component, image: image, configs: configs.of(deployment))
  }
}
