/// The types of catalog resources.
public enum CatalogKind: Sendable, Hashable, CaseIterable {
  case organization
  case project
  case component
  case environment
  case deploymentPipeline

  /// The type of the resource that one of this type belongs to.
  public var parent: CatalogKind? {
    switch self {
    case .organization: nil
    case .project: .organization
    case .component, .environment, .deploymentPipeline: .project
    }
  }
}
