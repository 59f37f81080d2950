public import RPC
import TrackController
import TrackDomain
public import TrackMessages

extension CatalogService {
  public func deleteEnvironment(
    _ request: DeleteEnvironmentRequest, context: ServerContext
  ) async throws -> DeleteEnvironmentResponse {
    try await answering {
      try await catalog.delete(
        .environment, id: request.environmentId,
        options: MutationOptions(
          requestId: request.requestId, validateOnly: request.validateOnly),
        by: try context.actor)
      return DeleteEnvironmentResponse()
    }
  }
}
