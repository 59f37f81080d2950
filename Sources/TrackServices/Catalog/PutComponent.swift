public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension CatalogService {
  public func putComponent(
    _ request: PutComponentRequest, context: ServerContext
  ) async throws -> PutComponentResponse {
    try await answering {
      let component = try await catalog.put(
        ComponentDraft(request.component ?? TrackMessages.Component()),
        etag: request.component?.etag ?? "",
        options: MutationOptions(
          requestId: request.requestId, validateOnly: request.validateOnly),
        by: try context.actor)
      var response = PutComponentResponse()
      response.component = TrackMessages.Component(component)
      return response
    }
  }
}
