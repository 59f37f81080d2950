public import TrackDomain

/// The embedded default: the catalog's row of an organization says what it pays for.
public struct CatalogSubscriptions: Subscriptions {
  public init() {}

  public func tier(organizationId: String) async throws(IntegrationError) -> OrganizationTier? {
    nil
  }
}
