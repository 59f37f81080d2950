public import RPC
public import TrackMessages

extension DeploymentTrackService {
  public func saveDeploymentTrackImage(
    _ request: SaveDeploymentTrackImageRequest, context: ServerContext
  ) async throws -> SaveDeploymentTrackImageResponse { throw RPCError(.unimplemented, "") }

  public func getDeploymentTrackImages(
    _ request: GetDeploymentTrackImagesRequest, context: ServerContext
  ) async throws -> GetDeploymentTrackImagesResponse { throw RPCError(.unimplemented, "") }

  public func applyComponentConfig(
    _ request: ApplyComponentConfigRequest, context: ServerContext
  ) async throws -> ApplyComponentConfigResponse { throw RPCError(.unimplemented, "") }

  public func getMigratedSrcConfigContent(
    _ request: GetMigratedSrcConfigContentRequest, context: ServerContext
  ) async throws -> GetMigratedSrcConfigContentResponse { throw RPCError(.unimplemented, "") }

  public func watchDeploymentTracks(
    _ request: WatchDeploymentTracksRequest,
    responses: ResponseWriter<WatchDeploymentTracksResponse>, context: ServerContext
  ) async throws { throw RPCError(.unimplemented, "") }
}
