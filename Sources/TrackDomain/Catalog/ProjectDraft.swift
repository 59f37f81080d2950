/// A project as a caller gives it.
public struct ProjectDraft: CatalogDraft {
  public var id: String
  public var organizationId: String

  public init(id: String, organizationId: String) {
    self.id = id
    self.organizationId = organizationId
  }

  public var parentId: String? { organizationId }

  public func check(_ violations: inout Violations) -> Project? {
    let id = identifier("id", id, &violations)
    let organizationId = identifier("organization_id", organizationId, &violations)
    guard let id, let organizationId else { return nil }
    return Project(id: id, organizationId: organizationId)
  }

  public func combine(into digest: inout Digest) {
    digest.combine(id)
    digest.combine(organizationId)
  }
}
