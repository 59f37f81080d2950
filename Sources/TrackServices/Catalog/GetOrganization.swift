public import RPC
import TrackController
import TrackDomain
public import TrackMessages

extension CatalogService {
  public func getOrganization(
    _ request: GetOrganizationRequest, context: ServerContext
  ) async throws -> GetOrganizationResponse {
    try await answering {
      let organization = try await catalog.get(
        TrackDomain.Organization.self, id: request.organizationId)
      var response = GetOrganizationResponse()
      response.organization = TrackMessages.Organization(organization)
      return response
    }
  }
}
