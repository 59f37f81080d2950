/// The owner of projects.
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

/// The plan of an organization. The raw values are kept in stores.
public enum OrganizationTier: UInt8, Sendable, Hashable, CaseIterable {
  case free = 1
  case paid = 2

  /// The most tracks of a component; nil for any number.
  public var trackLimit: Int? {
    switch self {
    case .free: 2
    case .paid: nil
    }
  }
}
