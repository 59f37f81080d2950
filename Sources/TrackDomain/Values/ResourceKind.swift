/// The types of resources whose changes are logged. The raw values are kept in stores.
public enum ResourceKind: UInt8, Sendable, Hashable, CaseIterable {
  case organization = 1
  case project = 2
  case component = 3
  case environment = 4
  case deploymentPipeline = 5
  case deploymentTrack = 6
  case image = 7
  case deployment = 8

  public init(_ kind: CatalogKind) {
    self =
      switch kind {
      case .organization: .organization
      case .project: .project
      case .component: .component
      case .environment: .environment
      case .deploymentPipeline: .deploymentPipeline
      }
  }
}
