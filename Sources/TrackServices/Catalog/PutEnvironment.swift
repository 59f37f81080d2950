public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension CatalogService {
  public func putEnvironment(
    _ request: PutEnvironmentRequest, context: ServerContext
  ) async throws -> PutEnvironmentResponse {
    try await answering {
      let environment = try await catalog.put(
        EnvironmentDraft(request.environment ?? TrackMessages.Environment()),
        etag: request.environment?.etag ?? "",
        options: MutationOptions(
          requestId: request.requestId, validateOnly: request.validateOnly),
        by: try context.actor)
      var response = PutEnvironmentResponse()
      response.environment = TrackMessages.Environment(environment)
      return response
    }
  }
}
