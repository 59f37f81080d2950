public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension CatalogService {
  public func getEnvironment(
    _ request: GetEnvironmentRequest, context: ServerContext
  ) async throws -> GetEnvironmentResponse {
    try await answering {
      let environment = try await catalog.get(
        TrackDomain.Environment.self, id: request.environmentId)
      var response = GetEnvironmentResponse()
      response.environment = TrackMessages.Environment(environment)
      return response
    }
  }
}
