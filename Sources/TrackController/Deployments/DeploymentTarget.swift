import TrackDomain

/// The environment of a deployment, and the environment in which its image must be active before.
struct DeploymentTarget: Sendable {
  let environment: Environment
  /// The environment before it in the pipeline; nil for the first, and where no pipeline gives an
  /// order.
  let previousId: String?

  /// Finds the environment of a call, or the one that the pipeline begins with, in the answer to
  /// `query`.
  ///
  /// Throws `DomainError`: NOT_FOUND for resources outside of the component's project,
  /// ENVIRONMENT_NOT_IN_PIPELINE, NO_ENVIRONMENT.
  init(
    _ query: DeploymentFactsQuery, of component: Component, _ facts: DeploymentFacts
  ) throws(DomainError) {
    let pipelineId = query.pipelineId.isEmpty ? component.defaultPipelineId : query.pipelineId
    if !pipelineId.isEmpty, facts.pipeline?.projectId != component.projectId {
      throw .notFound(.deploymentPipeline, pipelineId)
    }
    let route = DeploymentRoute(environmentId: query.environmentId, pipeline: facts.pipeline)
    guard let id = route.environmentId else { throw .noEnvironment(componentId: component.id) }
    environment = try Self.environment(id, of: component, facts)
    if !query.pipelineId.isEmpty, let pipeline = facts.pipeline,
      !pipeline.environmentIds.contains(id)
    {
      throw .environmentNotInPipeline(id, pipelineId: pipeline.id)
    }
    previousId = route.previousId
  }

  /// An environment of the component's project.
  static func environment(
    _ id: String, of component: Component, _ facts: DeploymentFacts
  ) throws(DomainError) -> Environment {
    guard let environment = facts.environment, environment.projectId == component.projectId
    else { throw .notFound(.environment, id) }
    return environment
  }
}
