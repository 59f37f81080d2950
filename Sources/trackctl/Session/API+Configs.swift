import TrackMessages

extension API {
  /// A configuration of a track; 0 is the current one.
  func configs(
    _ component: String, _ track: String, revision: Int32 = 0
  ) async throws -> GetDeploymentTrackConfigsResponse {
    var request = GetDeploymentTrackConfigsRequest()
    request.componentId = component
    request.deploymentTrackId = track
    request.configRevision = revision
    return try await tracks.getDeploymentTrackConfigs(request, options: options)
  }

  /// The configuration of a deployment: its own API settings replace the track's.
  func configs(of deployment: Deployment) async throws -> GetDeploymentTrackConfigsResponse {
    var response = GetDeploymentTrackConfigsResponse()
    response.configs = TrackConfigs()
    if deployment.configRevision > 0 {
      response = try await configs(
        deployment.componentId, deployment.deploymentTrackId, revision: deployment.configRevision)
    }
    if let settings = deployment.apiSettings { response.configs?.apiSettings = settings }
    return response
  }

  /// The configurations of a track, the newest first, at most `limit`.
  func configRevisions(
    _ component: String, _ track: String, limit: Int
  ) async throws -> ListDeploymentTrackConfigRevisionsResponse {
    var request = ListDeploymentTrackConfigRevisionsRequest()
    request.componentId = component
    request.deploymentTrackId = track
    var all = ListDeploymentTrackConfigRevisionsResponse()
    repeat {
      request.pageSize = Int32(clamping: min(1000, limit - all.configRevisions.count))
      let page = try await tracks.listDeploymentTrackConfigRevisions(request, options: options)
      all.configRevisions += page.configRevisions
      all.nextPageToken = page.nextPageToken
      request.pageToken = page.nextPageToken
    } while !all.nextPageToken.isEmpty && all.configRevisions.count < limit
    return all
  }

  /// The active deployment of an environment. Throws when there is none.
  func active(
    _ component: String, _ track: String, in environment: String
  ) async throws -> Deployment {
    let found = try await trackAndActive(component, track).activeDeployments
    let active = found.compactMap(\.deployment).first { $0.environmentId == environment }
    guard let active else {
      throw NotFound("nothing of the track is active in \(environment)", list: "history")
    }
    return active
  }
}
