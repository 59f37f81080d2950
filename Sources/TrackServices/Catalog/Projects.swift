public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension CatalogService {
  public func putProject(
    _ request: PutProjectRequest, context: ServerContext
  ) async throws -> PutProjectResponse {
    let message = request.project ?? TrackMessages.Project()
    let project = try await put(ProjectDraft(message), etag: message.etag, request, context)
    var response = PutProjectResponse()
    response.project = TrackMessages.Project(project)
    return response
  }

  public func getProject(
    _ request: GetProjectRequest, context: ServerContext
  ) async throws -> GetProjectResponse {
    var response = GetProjectResponse()
    response.project = TrackMessages.Project(try await get(request.projectId, context))
    return response
  }

  public func listProjects(
    _ request: ListProjectsRequest, context: ServerContext
  ) async throws -> ListProjectsResponse {
    let page: ResourcePage<TrackDomain.Project> = try await list(
      in: request.organizationId, request, context)
    var response = ListProjectsResponse()
    response.projects = page.resources.map { TrackMessages.Project($0) }
    response.nextPageToken = page.nextPageToken
    return response
  }

  public func deleteProject(
    _ request: DeleteProjectRequest, context: ServerContext
  ) async throws -> DeleteProjectResponse {
    try await delete(.project, request.projectId, request, context)
    return DeleteProjectResponse()
  }
}

extension ListProjectsRequest: PageRequest {}
