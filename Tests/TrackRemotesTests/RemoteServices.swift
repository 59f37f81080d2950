import IntegrationMessages
import RPC

/// All services that trackd calls, each as a closure that a test gives.
struct RemoteServices: Sendable {
  typealias Answer<Request, Response> = @Sendable (Request) async throws -> Response

  var createReleases: Answer<CreateReleasesRequest, CreateReleasesResponse> = { _ in .init() }
  var updateStatuses: Answer<UpdateDeploymentStatusesRequest, UpdateDeploymentStatusesResponse> = {
    _ in .init()
  }
  var builds:
    Answer<
      GetBuildStatusByDeploymentTrackRequest, GetBuildStatusByDeploymentTrackResponse
    > = { _ in .init() }
  var commits: Answer<GetCommitHistoryRequest, GetCommitHistoryResponse> = { _ in .init() }
  var deploy: Answer<DeployRequest, DeployResponse> = { _ in .init() }
  var receipt: Answer<GetReceiptRequest, GetReceiptResponse> = { _ in .init() }
  var delete: Answer<DeleteComponentResourcesRequest, DeleteComponentResourcesResponse> = { _ in
    .init()
  }
  var tier: Answer<GetTierRequest, GetTierResponse> = { _ in .init() }

  var all: [any RegistrableService] {
    [
      Releases(services: self), Builds(services: self), Deployers(services: self),
      Deleters(services: self), Tiers(services: self),
    ]
  }
}

private struct Releases: ReleaseManagementServiceServer {
  let services: RemoteServices

  func createReleases(
    _ request: CreateReleasesRequest, context: ServerContext
  ) async throws -> CreateReleasesResponse { try await services.createReleases(request) }

  func updateDeploymentStatuses(
    _ request: UpdateDeploymentStatusesRequest, context: ServerContext
  ) async throws -> UpdateDeploymentStatusesResponse { try await services.updateStatuses(request) }
}

private struct Builds: BuildServiceServer {
  let services: RemoteServices

  func getBuildStatusByDeploymentTrack(
    _ request: GetBuildStatusByDeploymentTrackRequest, context: ServerContext
  ) async throws -> GetBuildStatusByDeploymentTrackResponse { try await services.builds(request) }

  func getCommitHistory(
    _ request: GetCommitHistoryRequest, context: ServerContext
  ) async throws -> GetCommitHistoryResponse { try await services.commits(request) }
}

private struct Deployers: DeployerServiceServer {
  let services: RemoteServices

  func deploy(_ request: DeployRequest, context: ServerContext) async throws -> DeployResponse {
    try await services.deploy(request)
  }

  func getReceipt(
    _ request: GetReceiptRequest, context: ServerContext
  ) async throws -> GetReceiptResponse { try await services.receipt(request) }
}

private struct Deleters: ComponentResourceDeleterServiceServer {
  let services: RemoteServices

  func deleteComponentResources(
    _ request: DeleteComponentResourcesRequest, context: ServerContext
  ) async throws -> DeleteComponentResourcesResponse { try await services.delete(request) }
}

private struct Tiers: SubscriptionsServiceServer {
  let services: RemoteServices

  func getTier(_ request: GetTierRequest, context: ServerContext) async throws -> GetTierResponse {
    try await services.tier(request)
  }
}
