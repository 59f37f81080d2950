public import RPC
import TrackController
import TrackDomain
public import TrackMessages

extension CatalogService {
  public func deleteComponent(
    _ request: DeleteComponentRequest, context: ServerContext
  ) async throws -> DeleteComponentResponse {
    try await answering {
      try await catalog.delete(
        .component, id: request.componentId,
        options: MutationOptions(
          requestId: request.requestId, validateOnly: request.validateOnly),
        by: try context.actor)
      return DeleteComponentResponse()
    }
  }
}
