import Protobuf
public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func getDeploymentTrackImages(
    _ request: GetDeploymentTrackImagesRequest, context: ServerContext
  ) async throws -> GetDeploymentTrackImagesResponse {
    try await answering {
      let page = try await tracks(context).images(
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

  /// The caller, as the actor of adoptions. An invalid name counts as none: a read does not fail
  /// because of it.
  private func adopter(_ context: ServerContext) -> Principal {
    (try? context.actor) ?? context.ownActor
  }
}

extension DeploymentTrackImage {
  /// An image with its environments, and its status, time and author from the build service.
  init(_ listed: ListedImage) {
    self.init(listed.image)
    deployedIn = listed.deployedIn
    status = listed.build?.status ?? ""
    if let time = listed.build?.builtAt { builtAt = Protobuf.Timestamp(time) }
    guard let commit = listed.commit else { return }
    author = Author(commit)
    commitMsg = commit.message
  }
}
