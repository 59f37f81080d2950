/// A group of components that share environments and pipelines.
public struct Project: CatalogValue, Hashable {
  public var id: String
  public var organizationId: String

  public init(id: String, organizationId: String) {
    self.id = id
    self.organizationId = organizationId
  }

  public static var kind: CatalogKind { .project }
  public var parentId: String? { organizationId }
  public var resource: CatalogResource { .project(self) }

  public init?(_ resource: CatalogResource) {
    guard case .project(let value) = resource else { return nil }
    self = value
  }
}
