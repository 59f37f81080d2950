import TrackMessages

/// Finds the next step of a promotion.
struct Promotion {
  struct Step {
    let source: String
    let target: String
    let image: String
  }

  let api: API
  let component: String
  let track: String
  /// The pipeline that the user names; empty for the component's default.
  let pipeline: String
  let target: String?

  init(_ api: API, _ request: DeployDeploymentTrackRequest, to target: String?) {
    self.api = api
    component = request.componentId
    track = request.deploymentTrackId
    pipeline = request.deploymentPipelineId
    self.target = target
  }

  func find() async throws -> Step {
    let environments = try await environments()
    if let target {
      guard let place = environments.firstIndex(of: target), place > 0 else {
        let order = environments.joined(separator: ", ")
        throw UsageError(
          "nothing comes before '\(target)' in the pipeline (\(order))", command: "promote")
      }
      return try await step(environments[place - 1], target)
    }
    return try await firstDifference(environments)
  }

  private func step(_ source: String, _ target: String) async throws -> Step {
    guard let current = try await api.current(component, track, source) else {
      throw NotFound("nothing of the track is active in \(source)", list: "history")
    }
    return Step(source: source, target: target, image: current.imageId)
  }

  private func firstDifference(_ environments: [String]) async throws -> Step {
    var before: (environment: String, image: String)?
    for environment in environments {
      let image = try await api.current(component, track, environment)?.imageId
      if let before, before.image != image {
        return Step(source: before.environment, target: environment, image: before.image)
      }
      guard let image else { break }
      before = (environment, image)
    }
    throw NotFound(
      before == nil
        ? "nothing of the track is active in \(environments.first ?? "the pipeline")"
        : "every environment of the pipeline has the same image", list: "history")
  }

  private func environments() async throws -> [String] {
    var id = pipeline
    if id.isEmpty {
      id = Component(try await Component.get(component, api)).defaultPipelineId
    }
    guard !id.isEmpty else {
      throw UsageError(
        "component \(component) has no default pipeline: name one with --pipeline",
        command: "promote")
    }
    return DeploymentPipeline(try await DeploymentPipeline.get(id, api)).environmentIds
  }
}
