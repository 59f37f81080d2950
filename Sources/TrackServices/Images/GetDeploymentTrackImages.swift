public import RPC
import TrackController
import TrackDomain
public import TrackMessages

extension DeploymentTrackService {
  public func getDeploymentTrackImages(
    _ request: GetDeploymentTrackImagesRequest, context: ServerContext
  ) async throws -> GetDeploymentTrackImagesResponse {
    try await answering {
      let page = try await tracks.images(
        ListImages(
          componentId: request.componentId, trackId: request.deploymentTrackId,
          pageSize: request.pageSize, pageToken: request.pageToken),
        by: adopter(context), timeLeft: context.remainingTime)
      var response = GetDeploymentTrackImagesResponse()
      response.images = page.images.map { DeploymentTrackImage($0) }
      response.nextPageToken = page.nextPageToken
      response.unreachable = page.unreachable
      return response
    }
  }

  /// Who adopts images is of so little importance that a name which cannot be one is none.
  private func adopter(_ context: ServerContext) -> Actor {
    (try? context.actor) ?? Actor(name: "", isVerified: false)
  }
}
