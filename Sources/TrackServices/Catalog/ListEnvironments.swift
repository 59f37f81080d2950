public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension CatalogService {
  public func listEnvironments(
    _ request: ListEnvironmentsRequest, context: ServerContext
  ) async throws -> ListEnvironmentsResponse {
    try await answering {
      let page = try await catalog.list(
        TrackDomain.Environment.self, parentId: request.projectId, pageSize: request.pageSize,
        pageToken: request.pageToken)
      var response = ListEnvironmentsResponse()
      response.environments = page.resources.map { TrackMessages.Environment($0) }
      response.nextPageToken = page.nextPageToken
      return response
    }
  }
}
