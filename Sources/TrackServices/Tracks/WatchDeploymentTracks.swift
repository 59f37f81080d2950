public import RPC
import TrackController
public import TrackMessages

extension DeploymentTrackService {
  public func watchDeploymentTracks(
    _ request: WatchDeploymentTracksRequest,
    responses: ResponseWriter<WatchDeploymentTracksResponse>, context: ServerContext
  ) async throws {
    try await answering {
      try await watch.feed(of: context.executor).watch(
        WatchTracks(request), access.access(context), responses, by: WatchCaller(context))
    }
  }
}

extension WatchTracks {
  init(_ request: WatchDeploymentTracksRequest) {
    self.init(
      componentId: request.componentId, projectId: request.projectId,
      resumeToken: request.resumeToken)
  }
}

extension WatchDeploymentTracksResponse {
  init(_ change: TrackMessages.Change?, resumeToken: String = "") {
    self.init()
    self.change = change
    self.resumeToken = resumeToken
  }
}
