public import RPC
import TrackController
import TrackDomain
public import TrackMessages

extension CatalogService {
  public func putOrganization(
    _ request: PutOrganizationRequest, context: ServerContext
  ) async throws -> PutOrganizationResponse {
    try await answering {
      let organization = try await catalog.put(
        OrganizationDraft(request.organization ?? TrackMessages.Organization()),
        etag: request.organization?.etag ?? "",
        options: MutationOptions(
          requestId: request.requestId, validateOnly: request.validateOnly),
        by: try context.actor)
      var response = PutOrganizationResponse()
      response.organization = TrackMessages.Organization(organization)
      return response
    }
  }
}
