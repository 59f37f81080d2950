/// A catalog resource of any type.
public enum CatalogResource: Sendable, Hashable {
  case organization(Organization)
  case project(Project)
  case component(Component)
  case environment(Environment)
  case deploymentPipeline(DeploymentPipeline)

  /// The resource as a value of its own type.
  public var value: any CatalogValue {
    switch self {
    case .organization(let value): value
    case .project(let value): value
    case .component(let value): value
    case .environment(let value): value
    case .deploymentPipeline(let value): value
    }
  }
}

/// The types of catalog resources.
public enum CatalogKind: Sendable, Hashable, CaseIterable {
  case organization
  case project
  case component
  case environment
  case deploymentPipeline

  /// The type of the resource that a resource of this type belongs to.
  public var parent: CatalogKind? {
    switch self {
    case .organization: nil
    case .project: .organization
    case .component, .environment, .deploymentPipeline: .project
    }
  }
}

/// Names a catalog resource.
public struct CatalogKey: Sendable, Hashable {
  public var kind: CatalogKind
  public var id: String

  public init(_ kind: CatalogKind, _ id: String) {
    self.kind = kind
    self.id = id
  }
}

/// The common interface of the types of catalog resources.
public protocol CatalogValue: Sendable, Equatable {
  static var kind: CatalogKind { get }
  /// Unique among the resources of the type.
  var id: String { get }
  /// The id of the resource that it belongs to (`kind.parent`); never changes.
  var parentId: String? { get }
  /// The value as one of any type.
  var resource: CatalogResource { get }
  /// Nil when `resource` is of another type.
  init?(_ resource: CatalogResource)
  /// The value as it is stored, which may depend on the value that it replaces (nil for none).
  func settled(from former: Self?) -> Self
}

extension CatalogValue {
  public func settled(from former: Self?) -> Self { self }
}
