public import RPC
import TrackController
import TrackDomain
public import TrackMessages

extension CatalogService {
  public func deleteOrganization(
    _ request: DeleteOrganizationRequest, context: ServerContext
  ) async throws -> DeleteOrganizationResponse {
    try await answering {
      try await catalog.delete(
        .organization, id: request.organizationId,
        options: MutationOptions(
          requestId: request.requestId, validateOnly: request.validateOnly),
        by: try context.actor)
      return DeleteOrganizationResponse()
    }
  }
}
