public import TrackDomain

/// The embedded default: the catalog's row of an organization has its tier.
public struct CatalogSubscriptions: Subscriptions {
  public init() {}

  public func tier(organizationId: String) async throws(IntegrationError) -> OrganizationTier? {
    nil
  }
}
