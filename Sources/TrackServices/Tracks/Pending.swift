public import RPC
public import TrackMessages

extension DeploymentTrackService {
  public func applyComponentConfig(
    _ request: ApplyComponentConfigRequest, context: ServerContext
  ) async throws -> ApplyComponentConfigResponse { throw RPCError(.unimplemented, "") }

  public func getMigratedSrcConfigContent(
    _ request: GetMigratedSrcConfigContentRequest, context: ServerContext
  ) async throws -> GetMigratedSrcConfigContentResponse { throw RPCError(.unimplemented, "") }
}
