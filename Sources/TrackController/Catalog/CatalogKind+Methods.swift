import TrackDomain

extension CatalogKind {
  var putMethod: RequestMethod {
    switch self {
    case .organization: .putOrganization
    case .project: .putProject
    case .component: .putComponent
    case .environment: .putEnvironment
    case .deploymentPipeline: .putDeploymentPipeline
    }
  }

  var deleteMethod: RequestMethod {
    switch self {
    case .organization: .deleteOrganization
    case .project: .deleteProject
    case .component: .deleteComponent
    case .environment: .deleteEnvironment
    case .deploymentPipeline: .deleteDeploymentPipeline
    }
  }
}
