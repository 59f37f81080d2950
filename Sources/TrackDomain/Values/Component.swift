/// Something that is built, versioned in tracks, and deployed.
public struct Component: CatalogValue, Hashable {
  public var id: String
  public var projectId: String
  public var type: ComponentType
  public var imageSource: ImageSource
  public var repositoryURL: String
  public var sourcePath: String
  public var imageRegistry: String
  public var image: String
  /// Nil: unknown.
  public var autoBuildOnCommit: Bool?
  /// Empty: none.
  public var defaultPipelineId: String

  public init(
    id: String, projectId: String, type: ComponentType, imageSource: ImageSource = .build,
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

  public static var kind: CatalogKind { .component }
  public var parentId: String? { projectId }
  public var resource: CatalogResource { .component(self) }

  public init?(_ resource: CatalogResource) {
    guard case .component(let value) = resource else { return nil }
    self = value
  }
}

/// The type of a component. The raw values are kept in stores.
public enum ComponentType: UInt8, Sendable, Hashable, CaseIterable {
  case service = 1
  case webApp = 2
  case task = 3
  /// Mediation: release management is skipped.
  case apiProxy = 4

  /// Whether tracks of such a component must have a version.
  public var requiresVersion: Bool { self == .service }
}

/// Where the images of a component come from. The raw values are kept in stores.
public enum ImageSource: UInt8, Sendable, Hashable, CaseIterable {
  /// Built from source by CI.
  case build = 1
  /// In a registry, where the user put them.
  case registry = 2
}
