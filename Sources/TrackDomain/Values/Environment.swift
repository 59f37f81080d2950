/// A place that tracks are deployed into.
public struct Environment: CatalogValue, Hashable {
  public var id: String
  public var projectId: String
  public var name: String
  public var gitopsRepositoryURL: String
  public var gitopsBranch: String
  public var gitopsPath: String

  public init(
    id: String, projectId: String, name: String, gitopsRepositoryURL: String = "",
    gitopsBranch: String = "", gitopsPath: String = ""
  ) {
    self.id = id
    self.projectId = projectId
    self.name = name
    self.gitopsRepositoryURL = gitopsRepositoryURL
    self.gitopsBranch = gitopsBranch
    self.gitopsPath = gitopsPath
  }

  public static var kind: CatalogKind { .environment }
  public var parentId: String? { projectId }
  public var resource: CatalogResource { .environment(self) }

  public init?(_ resource: CatalogResource) {
    guard case .environment(let value) = resource else { return nil }
    self = value
  }
}
