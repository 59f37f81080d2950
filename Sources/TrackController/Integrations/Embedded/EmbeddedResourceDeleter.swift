public import TrackDomain

/// The embedded default: gateways and keys are described by manifests, which go with their places,
/// and trackd makes nothing else outside.
public struct EmbeddedResourceDeleter: ComponentResourceDeleter {
  public init() {}

  public func delete(
    _ step: ComponentResourceStep, of resources: TrackResources
  ) async throws(IntegrationError) {}
}
