public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension CatalogService {
  public func putOrganization(
    _ request: PutOrganizationRequest, context: ServerContext
  ) async throws -> PutOrganizationResponse {
    let message = request.organization ?? TrackMessages.Organization()
    let organization = try await put(
      OrganizationDraft(message), etag: message.etag, request, context)
    var response = PutOrganizationResponse()
    response.organization = TrackMessages.Organization(organization)
    return response
  }

  public func getOrganization(
    _ request: GetOrganizationRequest, context: ServerContext
  ) async throws -> GetOrganizationResponse {
    var response = GetOrganizationResponse()
    response.organization = TrackMessages.Organization(
      try await get(request.organizationId, context))
    return response
  }

  public func listOrganizations(
    _ request: ListOrganizationsRequest, context: ServerContext
  ) async throws -> ListOrganizationsResponse {
    let page: ResourcePage<TrackDomain.Organization> = try await list(request, context)
    var response = ListOrganizationsResponse()
    response.organizations = page.resources.map { TrackMessages.Organization($0) }
    response.nextPageToken = page.nextPageToken
    return response
  }

  public func deleteOrganization(
    _ request: DeleteOrganizationRequest, context: ServerContext
  ) async throws -> DeleteOrganizationResponse {
    try await delete(.organization, request.organizationId, request, context)
    return DeleteOrganizationResponse()
  }
}

extension ListOrganizationsRequest: PageRequest {}
