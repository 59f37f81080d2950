public import RPC
public import TrackMessages

extension DeploymentTrackService {
  public func saveDeploymentTrackImage(
    _ request: SaveDeploymentTrackImageRequest, context: ServerContext
  ) async throws -> SaveDeploymentTrackImageResponse { throw RPCError(.unimplemented, "") }

  public func getDeploymentTrackImages(
    _ request: GetDeploymentTrackImagesRequest, context: ServerContext
  ) async throws -> GetDeploymentTrackImagesResponse { throw RPCError(.unimplemented, "") }

  public func deployDeploymentTrack(
    _ request: DeployDeploymentTrackRequest, context: ServerContext
  ) async throws -> DeployDeploymentTrackResponse { throw RPCError(.unimplemented, "") }

  public func rollBackDeploymentTrack(
    _ request: RollBackDeploymentTrackRequest, context: ServerContext
  ) async throws -> RollBackDeploymentTrackResponse { throw RPCError(.unimplemented, "") }

  public func applyComponentConfig(
    _ request: ApplyComponentConfigRequest, context: ServerContext
  ) async throws -> ApplyComponentConfigResponse { throw RPCError(.unimplemented, "") }

  public func getMigratedSrcConfigContent(
    _ request: GetMigratedSrcConfigContentRequest, context: ServerContext
  ) async throws -> GetMigratedSrcConfigContentResponse { throw RPCError(.unimplemented, "") }

  public func getDeployment(
    _ request: GetDeploymentRequest, context: ServerContext
  ) async throws -> GetDeploymentResponse { throw RPCError(.unimplemented, "") }

  public func listDeployments(
    _ request: ListDeploymentsRequest, context: ServerContext
  ) async throws -> ListDeploymentsResponse { throw RPCError(.unimplemented, "") }

  public func cancelDeployment(
    _ request: CancelDeploymentRequest, context: ServerContext
  ) async throws -> CancelDeploymentResponse { throw RPCError(.unimplemented, "") }

  public func resumeAutoDeploy(
    _ request: ResumeAutoDeployRequest, context: ServerContext
  ) async throws -> ResumeAutoDeployResponse { throw RPCError(.unimplemented, "") }

  public func watchDeploymentTracks(
    _ request: WatchDeploymentTracksRequest,
    responses: ResponseWriter<WatchDeploymentTracksResponse>, context: ServerContext
  ) async throws { throw RPCError(.unimplemented, "") }
}
