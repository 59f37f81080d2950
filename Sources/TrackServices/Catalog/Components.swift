public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension CatalogService {
  public func putComponent(
    _ request: PutComponentRequest, context: ServerContext
  ) async throws -> PutComponentResponse {
    let message = request.component ?? TrackMessages.Component()
    let component = try await put(ComponentDraft(message), etag: message.etag, request, context)
    var response = PutComponentResponse()
    response.component = TrackMessages.Component(component)
    return response
  }

  public func getComponent(
    _ request: GetComponentRequest, context: ServerContext
  ) async throws -> GetComponentResponse {
    var response = GetComponentResponse()
    response.component = TrackMessages.Component(try await get(request.componentId, context))
    return response
  }

  public func listComponents(
    _ request: ListComponentsRequest, context: ServerContext
  ) async throws -> ListComponentsResponse {
    let page: ResourcePage<TrackDomain.Component> = try await list(
      in: request.projectId, request, context)
    var response = ListComponentsResponse()
    response.components = page.resources.map { TrackMessages.Component($0) }
    response.nextPageToken = page.nextPageToken
    return response
  }

  public func deleteComponent(
    _ request: DeleteComponentRequest, context: ServerContext
  ) async throws -> DeleteComponentResponse {
    try await delete(.component, request.componentId, request, context)
    return DeleteComponentResponse()
  }
}

extension ListComponentsRequest: PageRequest {}
