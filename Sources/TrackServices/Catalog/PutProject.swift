public import RPC
import TrackController
import TrackDomain
public import TrackMessages

extension CatalogService {
  public func putProject(
    _ request: PutProjectRequest, context: ServerContext
  ) async throws -> PutProjectResponse {
    try await answering {
      let project = try await catalog.put(
        ProjectDraft(request.project ?? TrackMessages.Project()),
        etag: request.project?.etag ?? "",
        options: MutationOptions(
          requestId: request.requestId, validateOnly: request.validateOnly),
        by: try context.actor)
      var response = PutProjectResponse()
      response.project = TrackMessages.Project(project)
      return response
    }
  }
}
