public import RPC
import TrackController
import TrackDomain
public import TrackMessages

extension CatalogService {
  public func getProject(
    _ request: GetProjectRequest, context: ServerContext
  ) async throws -> GetProjectResponse {
    try await answering {
      let project = try await catalog.get(
        TrackDomain.Project.self, id: request.projectId)
      var response = GetProjectResponse()
      response.project = TrackMessages.Project(project)
      return response
    }
  }
}
