/// Removes what a track has outside of trackd, before the track itself is deleted. `PlaceCleaner`
/// removes what deployers wrote into their places.
public protocol ComponentResourceDeleter: Sendable {
  /// Does one step. Idempotent: a resource that is gone already is not an error.
  func delete(
    _ step: ComponentResourceStep, of resources: TrackResources
  ) async throws(IntegrationError)
}

/// The kinds of resources, in the order of their removal. The raw values are kept in stores.
public enum ComponentResourceStep: UInt8, Sendable, Hashable, CaseIterable {
  case gatewayConfigs = 1
  case keySets = 2
  case externalResources = 3
}

/// The track whose resources outside of trackd are to be removed.
public struct TrackResources: Sendable, Hashable {
  /// The deletion's id. With the step, it is the idempotency key.
  public var operationId: String
  public var organizationId: String
  public var component: Component
  public var track: Track
  /// The environments that the track was ever deployed into.
  public var environments: [Environment]

  public init(
    operationId: String, organizationId: String, component: Component, track: Track,
    environments: [Environment]
  ) {
    self.operationId = operationId
    self.organizationId = organizationId
    self.component = component
    self.track = track
    self.environments = environments
  }
}
