/// A catalog resource of any type.
public enum CatalogResource: Sendable, Hashable {
  case organization(Organization)
  case project(Project)
  case component(Component)
  case environment(Environment)
  case deploymentPipeline(DeploymentPipeline)

  /// The resource as what all types have in common.
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
