/// Knows what organizations pay for.
public protocol Subscriptions: Sendable {
  /// The tier of an organization; nil when the row of the catalog decides.
  func tier(organizationId: String) async throws(IntegrationError) -> OrganizationTier?
}
