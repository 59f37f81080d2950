/// Who projects belong to.
public struct Organization: CatalogValue, Hashable {
  public var id: String
  public var tier: OrganizationTier

  public init(id: String, tier: OrganizationTier) {
    self.id = id
    self.tier = tier
  }

  public static var kind: CatalogKind { .organization }
  public var parentId: String? { nil }
  public var resource: CatalogResource { .organization(self) }

  public init?(_ resource: CatalogResource) {
    guard case .organization(let value) = resource else { return nil }
    self = value
  }
}
