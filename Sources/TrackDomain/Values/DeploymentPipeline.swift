/// The order in which tracks go through the environments of a project.
public struct DeploymentPipeline: CatalogValue, Hashable {
  public var id: String
  public var projectId: String
  /// First to last, without repetition, not empty.
  public var environmentIds: [String]

  public init(id: String, projectId: String, environmentIds: [String]) {
    self.id = id
    self.projectId = projectId
    self.environmentIds = environmentIds
  }

  public static var kind: CatalogKind { .deploymentPipeline }
  public var parentId: String? { projectId }
  public var resource: CatalogResource { .deploymentPipeline(self) }

  public init?(_ resource: CatalogResource) {
    guard case .deploymentPipeline(let value) = resource else { return nil }
    self = value
  }
}
