/// A component with the facts that the rules of its tracks need.
public struct ComponentContext: Sendable, Hashable {
  public var component: Component
  public var organizationId: String
  public var tier: OrganizationTier
  /// Nil as long as the component has no tracks.
  public var latestTrackId: String?

  public init(
    component: Component, organizationId: String, tier: OrganizationTier, latestTrackId: String?
  ) {
    self.component = component
    self.organizationId = organizationId
    self.tier = tier
    self.latestTrackId = latestTrackId
  }
}
