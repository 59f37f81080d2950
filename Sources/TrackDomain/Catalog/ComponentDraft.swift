/// A component as a caller gives it.
public struct ComponentDraft: CatalogDraft {
  public var id: String
  public var projectId: String
  /// Nil when the caller named no type, or a number that has no meaning here.
  public var type: ComponentType?
  /// Nil for a number that has no meaning here.
  public var imageSource: ImageSource?
  public var repositoryURL: String
  public var sourcePath: String
  public var imageRegistry: String
  public var image: String
  public var autoBuildOnCommit: Bool?
  public var defaultPipelineId: String

  public init(
    id: String, projectId: String, type: ComponentType?, imageSource: ImageSource? = .build,
    repositoryURL: String = "", sourcePath: String = "", imageRegistry: String = "",
    image: String = "", autoBuildOnCommit: Bool? = nil, defaultPipelineId: String = ""
  ) {
    self.id = id
    self.projectId = projectId
    self.type = type
    self.imageSource = imageSource
    self.repositoryURL = repositoryURL
    self.sourcePath = sourcePath
    self.imageRegistry = imageRegistry
    self.image = image
    self.autoBuildOnCommit = autoBuildOnCommit
    self.defaultPipelineId = defaultPipelineId
  }

  public var parentId: String? { projectId }

  public func check(_ violations: inout Violations) -> Component? {
    let id = identifier("id", id, &violations)
    let projectId = identifier("project_id", projectId, &violations)
    let type = required("type", type, "SERVICE, WEB_APP, TASK or API_PROXY", &violations)
    let source = required("image_source", imageSource, "BUILD or REGISTRY", &violations)
    let url = text("repository_url", repositoryURL, .url, &violations)
    let path = relativePath("source_path", sourcePath, &violations)
    let registry = text("image_registry", imageRegistry, .short, &violations)
    let image = text("image", image, .short, &violations)
    let pipelineId =
      defaultPipelineId.isEmpty
      ? "" : identifier("default_pipeline_id", defaultPipelineId, &violations)
    guard let id, let projectId, let type, let source, let url, let path, let registry,
      let image, let pipelineId
    else { return nil }
    return Component(
      id: id, projectId: projectId, type: type, imageSource: source, repositoryURL: url,
      sourcePath: path, imageRegistry: registry, image: image,
      autoBuildOnCommit: autoBuildOnCommit, defaultPipelineId: pipelineId)
  }

  public func combine(into digest: inout Digest) {
    digest.combine(id)
    digest.combine(projectId)
    digest.combine(type?.rawValue ?? 0)
    digest.combine(imageSource?.rawValue ?? 0)
    digest.combine(repositoryURL)
    digest.combine(sourcePath)
    digest.combine(imageRegistry)
    digest.combine(image)
    digest.combine(autoBuildOnCommit != nil)
    digest.combine(autoBuildOnCommit ?? false)
    digest.combine(defaultPipelineId)
  }
}
