import TrackMessages

extension API {
  /// The id of the track that an operand names: its id, its version, or `@latest`.
  func trackId(_ component: String, _ operand: String) async throws -> String {
    try await track(component, operand).id
  }

  func track(_ component: String, _ operand: String) async throws -> DeploymentTrack {
    let filter: String
    if operand == "@latest" {
      filter = "latest = true"
    } else if Self.isVersion(operand) {
      filter = "api_version = \(operand)"
    } else {
      return try await trackAndActive(component, operand).deploymentTrack ?? DeploymentTrack()
    }
    var request = ListDeploymentTracksRequest()
    request.componentId = component
    request.filter = filter
    let found = try await allTracks(request).deploymentTracks
    guard let track = found.first else {
      throw NotFound("component \(component) has no track \(operand)", list: "tracks list")
    }
    return track
  }

  /// The track with that id, and its active deployments.
  func trackAndActive(
    _ component: String, _ id: String
  ) async throws -> GetDeploymentTrackResponse {
    var request = GetDeploymentTrackRequest()
    request.componentId = component
    request.deploymentTrackId = id
    return try await tracks.getDeploymentTrack(request, options: options)
  }

  static func isVersion(_ operand: String) -> Bool {
    let parts = operand.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
    return operand.hasPrefix("v") && parts.count == 2
      && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isNumber) }
  }

  /// All tracks, or at most `limit`.
  func allTracks(
    _ request: ListDeploymentTracksRequest, limit: Int? = nil
  ) async throws -> ListDeploymentTracksResponse {
    var request = request
    var all = ListDeploymentTracksResponse()
    repeat {
      if let limit {
        request.pageSize = Int32(clamping: min(1000, limit - all.deploymentTracks.count))
      }
      let page = try await tracks.listDeploymentTracks(request, options: options)
      all.deploymentTracks += page.deploymentTracks
      all.nextPageToken = page.nextPageToken
      request.pageToken = page.nextPageToken
    } while !all.nextPageToken.isEmpty && all.deploymentTracks.count < limit ?? .max
    return all
  }
}
