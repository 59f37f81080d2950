import TrackController
import TrackDomain
import TrackIntegrations

/// The systems outside of trackd, as the options name them.
struct Outside: Sendable {
  let integrations: Integrations

  init(_ options: ServeOptions, store: any TrackStore, now: @escaping @Sendable () -> Timestamp) {
    integrations = Integrations(
      releases: EmbeddedReleaseManagement(store: store, now: now),
      deleter: NothingOutside(), subscriptions: CatalogSubscriptions())
  }
}

/// Nothing is outside.
private struct NothingOutside: ComponentResourceDeleter {
  func delete(
    _ step: ComponentResourceStep, of resources: TrackResources
  ) async throws(IntegrationError) {}
}
