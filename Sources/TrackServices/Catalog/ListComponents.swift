public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension CatalogService {
  public func listComponents(
    _ request: ListComponentsRequest, context: ServerContext
  ) async throws -> ListComponentsResponse {
    try await answering {
      let page = try await catalog.list(
        TrackDomain.Component.self, parentId: request.projectId, pageSize: request.pageSize,
        pageToken: request.pageToken)
      var response = ListComponentsResponse()
      response.components = page.resources.map { TrackMessages.Component($0) }
      response.nextPageToken = page.nextPageToken
      return response
    }
  }
}
