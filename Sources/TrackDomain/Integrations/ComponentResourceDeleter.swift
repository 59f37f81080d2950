/// Removes what a track has outside of trackd, before the track itself goes. What a deployer put into
/// places of its own is not part of it: see `PlaceCleaner`.
public protocol ComponentResourceDeleter: Sendable {
  /// Does one step. Idempotent: what is gone already is no error.
  func delete(
    _ step: ComponentResourceStep, of resources: TrackResources
  ) async throws(IntegrationError)
}

/// What is removed, in this order. The raw values are kept in stores.
public enum ComponentResourceStep: UInt8, Sendable, Hashable, CaseIterable {
  case gatewayConfigs = 1
  case keySets = 2
  case externalResources = 3
}

/// What a track has outside of trackd.
public struct TrackResources: Sendable, Hashable {
  /// The deletion's id: the idempotency key, with the step.
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
