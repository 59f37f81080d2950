/// An organization as a caller gives it.
public struct OrganizationDraft: CatalogDraft {
  public var id: String
  /// Nil when the caller named no tier, or a number that has no meaning here.
  public var tier: OrganizationTier?

  public init(id: String, tier: OrganizationTier?) {
    self.id = id
    self.tier = tier
  }

  public var parentId: String? { nil }

  public func check(_ violations: inout Violations) -> Organization? {
    let id = identifier("id", id, &violations)
    let tier = required("tier", tier, "FREE or PAID", &violations)
    guard let id, let tier else { return nil }
    return Organization(id: id, tier: tier)
  }

  public func combine(into digest: inout Digest) {
    digest.combine(id)
    digest.combine(tier?.rawValue ?? 0)
  }
}
