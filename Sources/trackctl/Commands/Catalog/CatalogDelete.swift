import TrackMessages

extension Command {
  static let catalogDelete = Command(
    CommandSpec(
      path: ["catalog", "delete"], summary: "Delete a resource that nothing depends on.",
      operands: [CatalogKind.operand, CatalogKind.id], flags: CommonFlags.mutation,
      examples: [("trackctl catalog delete environment staging", "an environment without use")])
  ) { arguments, session in
    let options = (
      id: arguments.operands[1], requestId: arguments.text(CommonFlags.requestId) ?? "",
      validateOnly: arguments.has(CommonFlags.validateOnly)
    )
    let kind = CatalogKind(rawValue: arguments.operands[0]) ?? .organization
    let deed = Deed("delete \(kind) \(options.id)", done: "deleted")
    try await session.connected { api in
      switch kind {
      case .organization:
        var request = DeleteOrganizationRequest()
        (request.organizationId, request.requestId, request.validateOnly) = options
        let response = try await api.catalog.deleteOrganization(request, options: api.options)
        try session.output.show(response, deed)
      case .project:
        var request = DeleteProjectRequest()
        (request.projectId, request.requestId, request.validateOnly) = options
        let response = try await api.catalog.deleteProject(request, options: api.options)
        try session.output.show(response, deed)
      case .component:
        var request = DeleteComponentRequest()
        (request.componentId, request.requestId, request.validateOnly) = options
        let response = try await api.catalog.deleteComponent(request, options: api.options)
        try session.output.show(response, deed)
      case .environment:
        var request = DeleteEnvironmentRequest()
        (request.environmentId, request.requestId, request.validateOnly) = options
        let response = try await api.catalog.deleteEnvironment(request, options: api.options)
        try session.output.show(response, deed)
      case .pipeline:
        var request = DeleteDeploymentPipelineRequest()
        (request.deploymentPipelineId, request.requestId, request.validateOnly) = options
        let response = try await api.catalog.deleteDeploymentPipeline(request, options: api.options)
        try session.output.show(response, deed)
      }
    }
    return .success
  }
}
