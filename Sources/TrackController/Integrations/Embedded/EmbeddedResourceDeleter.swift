public import TrackDomain

/// The embedded default: nothing to delete. Manifests describe gateways and keys and are removed
/// with their places.
public struct EmbeddedResourceDeleter: ComponentResourceDeleter {
  public init() {}

  public func delete(
    _ step: ComponentResourceStep, of resources: TrackResources
  ) async throws(IntegrationError) {}
}
