public import RPC
import TrackController
import TrackDomain
public import TrackMessages

extension CatalogService {
  public func deleteProject(
    _ request: DeleteProjectRequest, context: ServerContext
  ) async throws -> DeleteProjectResponse {
    try await answering {
      try await catalog.delete(
        .project, id: request.projectId,
        options: MutationOptions(
          requestId: request.requestId, validateOnly: request.validateOnly),
        by: try context.actor)
      return DeleteProjectResponse()
    }
  }
}
