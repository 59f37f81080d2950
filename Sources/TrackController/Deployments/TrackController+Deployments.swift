public import TrackDomain

extension TrackController {
  // MARK: Reading

  /// One deployment of a track.
  public func deployment(
    componentId: String, trackId: String, deploymentId: String
  ) async throws -> Deployment {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    violations.collectId("deployment_id", deploymentId)
    try violations.check()
    return try await read(ofComponent: componentId) { reader in
      if let deployment = try reader.deployment(componentId: componentId, id: deploymentId),
        deployment.trackId == trackId
      {
        return deployment
      }
      _ = try Self.track(componentId: componentId, trackId: trackId, reader)
      throw DomainError.deploymentNotFound(trackId: trackId, deploymentId: deploymentId)
    }
  }

  /// One page of a track's history.
  public func deployments(_ request: ListDeployments) async throws -> ListDeployments.Page {
    let query = try request.query(tokens)
    let page = try await readPage(ofComponent: query.componentId) { reader in
      let page = try reader.deployments(query)
      if page.deployments.isEmpty {
        _ = try Self.track(componentId: query.componentId, trackId: query.trackId, reader)
      }
      return page
    }
    return request.page(page, tokens)
  }

  // MARK: Changing

  /// Accepts the deployment of an image. The executor carries it out later.
  ///
  /// Asks the build service first how the build of the image ended; waits two seconds at most, and
  /// never so long that the answer would come after `timeLeft`.
  public func deploy(
    _ request: DeploymentRequest, by actor: Principal, timeLeft: Duration? = nil
  ) async throws -> DeploymentAnswer {
    try await mutations.telling(DeployTrack(request: request)) {
      try await mutations.authorize(DeployTrack(request: request))
      var request = request
      if integrations.builds.knowsBuilds,
        let question = try await store.read({ [request] in try BuildQuestion(request, $0) })
      {
        request.build = await ask(question, timeLeft)
        try Task.checkCancellation()
      }
      return try await mutations.run(DeployTrack(request: request), by: actor)
    }
  }

  /// Accepts a rollback, and puts auto-deploy in its environment on hold.
  public func rollBack(
    _ request: DeploymentRequest, by actor: Principal
  ) async throws -> DeploymentAnswer {
    try await mutations.run(RollBackTrack(request: request), by: actor)
  }

  /// Cancels a deployment whose publication has not begun.
  public func cancel(_ request: CancelDeployment, by actor: Principal) async throws -> Deployment {
    try await mutations.run(request, by: actor)
  }

  /// Lifts the hold on auto-deploy in an environment.
  ///
  /// - Returns: whether there was a hold.
  public func resumeAutoDeploy(
    _ request: ResumeAutoDeploy, by actor: Principal
  ) async throws -> Bool {
    try await mutations.run(request, by: actor)
  }
}
