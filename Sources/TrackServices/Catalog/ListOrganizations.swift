public import RPC
import TrackController
import TrackDomain
public import TrackMessages

extension CatalogService {
  public func listOrganizations(
    _ request: ListOrganizationsRequest, context: ServerContext
  ) async throws -> ListOrganizationsResponse {
    try await answering {
      let page = try await catalog.list(
        TrackDomain.Organization.self, parentId: nil, pageSize: request.pageSize,
        pageToken: request.pageToken)
      var response = ListOrganizationsResponse()
      response.organizations = page.resources.map { TrackMessages.Organization($0) }
      response.nextPageToken = page.nextPageToken
      return response
    }
  }
}
