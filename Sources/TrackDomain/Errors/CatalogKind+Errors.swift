/// How errors name the types of the catalog.
extension CatalogKind {
  /// The name of the contract's message.
  var typeName: String {
    switch self {
    case .organization: "Organization"
    case .project: "Project"
    case .component: "Component"
    case .environment: "Environment"
    case .deploymentPipeline: "DeploymentPipeline"
    }
  }

  /// The name as people say it.
  var words: String {
    switch self {
    case .organization: "organization"
    case .project: "project"
    case .component: "component"
    case .environment: "environment"
    case .deploymentPipeline: "deployment pipeline"
    }
  }

  var metadataKey: String { field }

  /// The field of requests that holds such a resource.
  public var field: String {
    self == .deploymentPipeline ? "deployment_pipeline" : words
  }

  /// The field of requests and resources that holds the id of such a resource.
  public var idField: String { field + "_id" }

  var collection: String { metadataKey + "s" }

  var notFoundReason: ErrorReason {
    switch self {
    case .organization: .organizationNotFound
    case .project: .projectNotFound
    case .component: .componentNotFound
    case .environment: .environmentNotFound
    case .deploymentPipeline: .deploymentPipelineNotFound
    }
  }

  var inUseReason: ErrorReason {
    switch self {
    case .organization: .organizationInUse
    case .project: .projectInUse
    case .component: .componentInUse
    case .environment: .environmentInUse
    case .deploymentPipeline: .deploymentPipelineInUse
    }
  }
}
