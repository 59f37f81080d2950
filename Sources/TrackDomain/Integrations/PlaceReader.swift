/// Looks at what stands in places, and changes nothing there.
public protocol PlaceReader: Sendable {
  /// The newest state of the branch of a place, for the calls below; nil when there is no such
  /// branch.
  func state(of place: DeploymentPlace) async throws(IntegrationError) -> String?

  /// What stands where tracks have their manifests, in their order. All are on the branch that
  /// `state` is of.
  func contents(
    of manifests: [ManifestPlace], at state: String
  ) async throws(IntegrationError) -> [PlaceContent]

  /// All that may be manifests on the branch of a place, by their names alone.
  func manifests(
    in place: DeploymentPlace, at state: String
  ) async throws(IntegrationError) -> [ManifestPlace]
}

/// Where the manifest of a track for an environment is.
public struct ManifestPlace: Sendable, Hashable {
  public var componentId: String
  public var trackId: String
  public var environmentId: String
  /// Of the environment.
  public var place: DeploymentPlace

  public init(
    componentId: String, trackId: String, environmentId: String, place: DeploymentPlace
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.environmentId = environmentId
    self.place = place
  }
}

/// What stands where a track has its manifest.
public enum PlaceContent: Sendable, Hashable {
  case nothing
  /// A manifest of that track and environment, which names these deployments: one, unless several
  /// files were mixed.
  case own(deploymentIds: Set<String>)
  /// Something of somebody else.
  case foreign
}
