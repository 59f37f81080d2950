import TrackMessages

extension Command {
  static let catalogGet = Command(
    CommandSpec(
      path: ["catalog", "get"], summary: "Show one resource of the catalog.",
      operands: [CatalogKind.operand, CatalogKind.id],
      examples: [("trackctl catalog get component cart", "what cart is")])
  ) { arguments, session in
    let id = arguments.operands[1]
    switch CatalogKind(rawValue: arguments.operands[0]) {
    case .organization, nil: try await organization(id, session)
    case .project: try await project(id, session)
    case .component: try await component(id, session)
    case .environment: try await environment(id, session)
    case .pipeline: try await pipeline(id, session)
    }
    return .success
  }

  private static func organization(_ id: String, _ session: Session) async throws {
    var request = GetOrganizationRequest()
    request.organizationId = id
    let response = try await session.connected {
      try await $0.catalog.getOrganization(request, options: $0.options)
    }
    try session.output.show(response) { response.organization?.fields.text ?? "" }
  }

  private static func project(_ id: String, _ session: Session) async throws {
    var request = GetProjectRequest()
    request.projectId = id
    let response = try await session.connected {
      try await $0.catalog.getProject(request, options: $0.options)
    }
    try session.output.show(response) { response.project?.fields.text ?? "" }
  }

  private static func component(_ id: String, _ session: Session) async throws {
    var request = GetComponentRequest()
    request.componentId = id
    let response = try await session.connected {
      try await $0.catalog.getComponent(request, options: $0.options)
    }
    try session.output.show(response) { response.component?.fields.text ?? "" }
  }

  private static func environment(_ id: String, _ session: Session) async throws {
    var request = GetEnvironmentRequest()
    request.environmentId = id
    let response = try await session.connected {
      try await $0.catalog.getEnvironment(request, options: $0.options)
    }
    try session.output.show(response) { response.environment?.fields.text ?? "" }
  }

  private static func pipeline(_ id: String, _ session: Session) async throws {
    var request = GetDeploymentPipelineRequest()
    request.deploymentPipelineId = id
    let response = try await session.connected {
      try await $0.catalog.getDeploymentPipeline(request, options: $0.options)
    }
    try session.output.show(response) { response.deploymentPipeline?.fields.text ?? "" }
  }
}
