/// Knows what organizations pay for.
public protocol Subscriptions: Sendable {
  /// The tier of an organization; nil when the catalog's row says it.
  func tier(organizationId: String) async throws(IntegrationError) -> OrganizationTier?
}
