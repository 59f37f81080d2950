import TrackDomain

/// The environment of a deployment, and the environment in which its image must be active before.
struct DeploymentTarget: Sendable {
  let environment: Environment
  /// The environment before it in the pipeline; nil for the first, and where no pipeline gives an
  /// order.
  let previousId: String?

  /// Finds the environment that a call names, or the first one of the pipeline.
  ///
  /// Throws `DomainError`: NOT_FOUND for resources outside of the component's project,
  /// ENVIRONMENT_NOT_IN_PIPELINE, NO_ENVIRONMENT.
  init(
    environmentId: String, pipelineId: String, component: Component, _ reader: any StoreReader
  ) throws {
    let given = try pipelineId.isEmpty ? nil : Self.pipeline(pipelineId, of: component, reader)
    let byDefault =
      try given
      ?? (component.defaultPipelineId.isEmpty
        ? nil : Self.pipeline(component.defaultPipelineId, of: component, reader))
    if environmentId.isEmpty {
      guard let first = byDefault?.environmentIds.first else {
        throw DomainError.noEnvironment(componentId: component.id)
      }
      environment = try Self.environment(first, of: component, reader)
      previousId = nil
      return
    }
    environment = try Self.environment(environmentId, of: component, reader)
    let place = byDefault?.environmentIds.firstIndex(of: environmentId)
    if let given, place == nil {
      throw DomainError.environmentNotInPipeline(environmentId, pipelineId: given.id)
    }
    previousId = place.flatMap { $0 > 0 ? byDefault?.environmentIds[$0 - 1] : nil }
  }

  /// An environment of the component's project.
  static func environment(
    _ id: String, of component: Component, _ reader: any StoreReader
  ) throws -> Environment {
    guard
      let environment = try reader.catalogResource(.environment, id: id)
        .flatMap(Environment.init), environment.projectId == component.projectId
    else { throw DomainError.notFound(.environment, id) }
    return environment
  }

  private static func pipeline(
    _ id: String, of component: Component, _ reader: any StoreReader
  ) throws -> DeploymentPipeline {
    guard
      let pipeline = try reader.catalogResource(.deploymentPipeline, id: id)
        .flatMap(DeploymentPipeline.init), pipeline.projectId == component.projectId
    else { throw DomainError.notFound(.deploymentPipeline, id) }
    return pipeline
  }
}
