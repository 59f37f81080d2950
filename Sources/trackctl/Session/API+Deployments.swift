import TrackMessages

extension API {
  /// Pages of the history, the newest first, until `isEnough` holds for the result; at most `limit`
  /// deployments.
  func deployments(
    _ component: String, _ track: String, environment: String = "", pageSize: Int = 100,
    limit: Int = .max, until isEnough: ([Deployment]) -> Bool = { _ in false }
  ) async throws -> ListDeploymentsResponse {
    var request = ListDeploymentsRequest()
    request.componentId = component
    request.deploymentTrackId = track
    request.environmentId = environment
    var all = ListDeploymentsResponse()
    repeat {
      request.pageSize = Int32(clamping: min(pageSize, limit - all.deployments.count))
      let page = try await tracks.listDeployments(request, options: options)
      all.deployments += page.deployments
      all.nextPageToken = page.nextPageToken
      request.pageToken = page.nextPageToken
    } while !all.nextPageToken.isEmpty && all.deployments.count < limit
      && !isEnough(all.deployments)
    return all
  }

  /// The active deployment of an environment: the newest that succeeded. Nil for none.
  func current(_ component: String, _ track: String, _ environment: String) async throws
    -> Deployment?
  {
    let history = try await deployments(
      component, track, environment: environment, pageSize: 20
    ) { $0.contains { $0.state == .succeeded } }
    return history.deployments.first { $0.state == .succeeded }
  }

  func deployment(_ component: String, _ track: String, _ id: String) async throws -> Deployment {
    var request = GetDeploymentRequest()
    request.componentId = component
    request.deploymentTrackId = track
    request.deploymentId = id
    return try await tracks.getDeployment(request, options: options).deployment ?? Deployment()
  }

  /// The deployment that an operand names by its id, or the beginning of it.
  func deploymentId(_ component: String, _ track: String, _ operand: String) async throws -> String
  {
    if UUIDText.isWhole(operand) { return operand }
    let prefix = operand.lowercased()
    let history = try await deployments(component, track) { deployments in
      deployments.count >= 1000 || deployments.contains { $0.id.hasPrefix(prefix) }
    }
    guard operand.count >= 4,
      let found = history.deployments.first(where: { $0.id.hasPrefix(prefix) })
    else {
      throw NotFound("the track has no deployment '\(operand)'", list: "history")
    }
    return found.id
  }
}
