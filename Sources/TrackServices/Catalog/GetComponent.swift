public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension CatalogService {
  public func getComponent(
    _ request: GetComponentRequest, context: ServerContext
  ) async throws -> GetComponentResponse {
    try await answering {
      let component = try await catalog.get(
        TrackDomain.Component.self, id: request.componentId)
      var response = GetComponentResponse()
      response.component = TrackMessages.Component(component)
      return response
    }
  }
}
