import TrackMessages

private typealias Methods = CatalogServiceMethods

extension JSONRoute {
  /// The resources that deployment tracks refer to. The path of a list begins with the owner of its
  /// resources.
  static let catalog: [JSONRoute] = organizations + projects + components + environments + pipelines

  private static let organizations: [JSONRoute] = [
    JSONRoute(
      .put, "/organizations/{organization.id}", Methods.putOrganization,
      PutOrganizationRequest.self, PutOrganizationResponse.self, [\.pathId]),
    JSONRoute(
      .get, "/organizations/{organization_id}", Methods.getOrganization,
      GetOrganizationRequest.self, GetOrganizationResponse.self, [\.organizationId]),
    JSONRoute(
      .delete, "/organizations/{organization_id}", Methods.deleteOrganization,
      DeleteOrganizationRequest.self, DeleteOrganizationResponse.self, [\.organizationId]),
    JSONRoute(
      .get, "/organizations", Methods.listOrganizations,
      ListOrganizationsRequest.self, ListOrganizationsResponse.self, []),
  ]

  private static let projects: [JSONRoute] = [
    JSONRoute(
      .put, "/projects/{project.id}", Methods.putProject,
      PutProjectRequest.self, PutProjectResponse.self, [\.pathId]),
    JSONRoute(
      .get, "/projects/{project_id}", Methods.getProject,
      GetProjectRequest.self, GetProjectResponse.self, [\.projectId]),
    JSONRoute(
      .delete, "/projects/{project_id}", Methods.deleteProject,
      DeleteProjectRequest.self, DeleteProjectResponse.self, [\.projectId]),
    JSONRoute(
      .get, "/organizations/{organization_id}/projects", Methods.listProjects,
      ListProjectsRequest.self, ListProjectsResponse.self, [\.organizationId]),
  ]

  private static let components: [JSONRoute] = [
    JSONRoute(
      .put, "/components/{component.id}", Methods.putComponent,
      PutComponentRequest.self, PutComponentResponse.self, [\.pathId]),
    JSONRoute(
      .get, "/components/{component_id}", Methods.getComponent,
      GetComponentRequest.self, GetComponentResponse.self, [\.componentId]),
    JSONRoute(
      .delete, "/components/{component_id}", Methods.deleteComponent,
      DeleteComponentRequest.self, DeleteComponentResponse.self, [\.componentId]),
    JSONRoute(
      .get, "/projects/{project_id}/components", Methods.listComponents,
      ListComponentsRequest.self, ListComponentsResponse.self, [\.projectId]),
  ]

  private static let environments: [JSONRoute] = [
    JSONRoute(
      .put, "/environments/{environment.id}", Methods.putEnvironment,
      PutEnvironmentRequest.self, PutEnvironmentResponse.self, [\.pathId]),
    JSONRoute(
      .get, "/environments/{environment_id}", Methods.getEnvironment,
      GetEnvironmentRequest.self, GetEnvironmentResponse.self, [\.environmentId]),
    JSONRoute(
      .delete, "/environments/{environment_id}", Methods.deleteEnvironment,
      DeleteEnvironmentRequest.self, DeleteEnvironmentResponse.self, [\.environmentId]),
    JSONRoute(
      .get, "/projects/{project_id}/environments", Methods.listEnvironments,
      ListEnvironmentsRequest.self, ListEnvironmentsResponse.self, [\.projectId]),
  ]

  private static let pipelines: [JSONRoute] = [
    JSONRoute(
      .put, "/deployment_pipelines/{deployment_pipeline.id}", Methods.putDeploymentPipeline,
      PutDeploymentPipelineRequest.self, PutDeploymentPipelineResponse.self, [\.pathId]),
    JSONRoute(
      .get, "/deployment_pipelines/{deployment_pipeline_id}", Methods.getDeploymentPipeline,
      GetDeploymentPipelineRequest.self, GetDeploymentPipelineResponse.self,
      [\.deploymentPipelineId]),
    JSONRoute(
      .delete, "/deployment_pipelines/{deployment_pipeline_id}", Methods.deleteDeploymentPipeline,
      DeleteDeploymentPipelineRequest.self, DeleteDeploymentPipelineResponse.self,
      [\.deploymentPipelineId]),
    JSONRoute(
      .get, "/projects/{project_id}/deployment_pipelines", Methods.listDeploymentPipelines,
      ListDeploymentPipelinesRequest.self, ListDeploymentPipelinesResponse.self, [\.projectId]),
  ]
}

// The id in the path of a Put is that of the resource in the body.

extension PutOrganizationRequest {
  fileprivate var pathId: String {
    get { organization?.id ?? "" }
    set {
      if organization == nil { organization = Organization() }
      organization?.id = newValue
    }
  }
}

extension PutProjectRequest {
  fileprivate var pathId: String {
    get { project?.id ?? "" }
    set {
      if project == nil { project = Project() }
      project?.id = newValue
    }
  }
}

extension PutComponentRequest {
  fileprivate var pathId: String {
    get { component?.id ?? "" }
    set {
      if component == nil { component = Component() }
      component?.id = newValue
    }
  }
}

extension PutEnvironmentRequest {
  fileprivate var pathId: String {
    get { environment?.id ?? "" }
    set {
      if environment == nil { environment = Environment() }
      environment?.id = newValue
    }
  }
}

extension PutDeploymentPipelineRequest {
  fileprivate var pathId: String {
    get { deploymentPipeline?.id ?? "" }
    set {
      if deploymentPipeline == nil { deploymentPipeline = DeploymentPipeline() }
      deploymentPipeline?.id = newValue
    }
  }
}
