public import RPC
import TrackController
import TrackDomain
public import TrackMessages

extension CatalogService {
  public func listProjects(
    _ request: ListProjectsRequest, context: ServerContext
  ) async throws -> ListProjectsResponse {
    try await answering {
      let page = try await catalog.list(
        TrackDomain.Project.self, parentId: request.organizationId, pageSize: request.pageSize,
        pageToken: request.pageToken)
      var response = ListProjectsResponse()
      response.projects = page.resources.map { TrackMessages.Project($0) }
      response.nextPageToken = page.nextPageToken
      return response
    }
  }
}
