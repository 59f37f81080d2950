public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension CatalogService {
  public func putEnvironment(
    _ request: PutEnvironmentRequest, context: ServerContext
  ) async throws -> PutEnvironmentResponse {
    let message = request.environment ?? TrackMessages.Environment()
    let environment = try await put(EnvironmentDraft(message), etag: message.etag, request, context)
    var response = PutEnvironmentResponse()
    response.environment = TrackMessages.Environment(environment)
    return response
  }

  public func getEnvironment(
    _ request: GetEnvironmentRequest, context: ServerContext
  ) async throws -> GetEnvironmentResponse {
    var response = GetEnvironmentResponse()
    response.environment = TrackMessages.Environment(try await get(request.environmentId, context))
    return response
  }

  public func listEnvironments(
    _ request: ListEnvironmentsRequest, context: ServerContext
  ) async throws -> ListEnvironmentsResponse {
    let page: ResourcePage<TrackDomain.Environment> = try await list(
      in: request.projectId, request, context)
    var response = ListEnvironmentsResponse()
    response.environments = page.resources.map { TrackMessages.Environment($0) }
    response.nextPageToken = page.nextPageToken
    return response
  }

  public func deleteEnvironment(
    _ request: DeleteEnvironmentRequest, context: ServerContext
  ) async throws -> DeleteEnvironmentResponse {
    try await delete(.environment, request.environmentId, request, context)
    return DeleteEnvironmentResponse()
  }
}

extension ListEnvironmentsRequest: PageRequest {}
