import EventLoop
import IntegrationMessages
import RPC
import RPCHTTP2
import Testing
import TrackRemotes

/// All services that trackd calls; a test gives a closure for each.
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
  /// The time limit of each call, as the server receives it.
  let limits = Journal<Duration>()

  var all: [any RegistrableService] {
    [
      Releases(services: self), Builds(services: self), Deployers(services: self),
      Deleters(services: self), Tiers(services: self),
    ]
  }

  fileprivate func answer<Request, Response>(
    _ request: Request, _ context: ServerContext, _ answer: Answer<Request, Response>
  ) async throws -> Response {
    if let limit = context.remainingTime { limits.append(limit) }
    return try await answer(request)
  }

  /// Runs a server with these services, and `body` with a connection to it.
  func withServer(
    at address: String = "127.0.0.1:0",
    onEvent: @escaping @Sendable (RemoteServer.Event) -> Void = { _ in },
    _ body: (RemoteServer) async throws -> Void
  ) async throws {
    let loops = try EventLoopGroup(count: 2)
    let listening = try #require(SocketAddress(address))
    let transport = try HTTP2ServerTransport(addresses: [listening], loops: [loops.loops[0]])
    let rpc = RPCServer(transports: [transport], services: all)
    let serving = Task { try await rpc.serve() }
    let server = RemoteServer(
      address: transport.listeningAddresses[0].description, loop: loops.loops[1],
      onEvent: onEvent)
    let running = Task { await server.run() }
    do {
      try await body(server)
    } catch {
      Issue.record(error)
    }
    running.cancel()
    await running.value
    rpc.beginGracefulShutdown()
    try await serving.value
    await loops.shutdown()
  }
}

private struct Releases: ReleaseManagementServiceServer {
  let services: RemoteServices

  func createReleases(
    _ request: CreateReleasesRequest, context: ServerContext
  ) async throws -> CreateReleasesResponse {
    try await services.answer(request, context, services.createReleases)
  }

  func updateDeploymentStatuses(
    _ request: UpdateDeploymentStatusesRequest, context: ServerContext
  ) async throws -> UpdateDeploymentStatusesResponse {
    try await services.answer(request, context, services.updateStatuses)
  }
}

private struct Builds: BuildServiceServer {
  let services: RemoteServices

  func getBuildStatusByDeploymentTrack(
    _ request: GetBuildStatusByDeploymentTrackRequest, context: ServerContext
  ) async throws -> GetBuildStatusByDeploymentTrackResponse {
    try await services.answer(request, context, services.builds)
  }

  func getCommitHistory(
    _ request: GetCommitHistoryRequest, context: ServerContext
  ) async throws -> GetCommitHistoryResponse {
    try await services.answer(request, context, services.commits)
  }
}

private struct Deployers: DeployerServiceServer {
  let services: RemoteServices

  func deploy(_ request: DeployRequest, context: ServerContext) async throws -> DeployResponse {
    try await services.answer(request, context, services.deploy)
  }

  func getReceipt(
    _ request: GetReceiptRequest, context: ServerContext
  ) async throws -> GetReceiptResponse {
    try await services.answer(request, context, services.receipt)
  }
}

private struct Deleters: ComponentResourceDeleterServiceServer {
  let services: RemoteServices

  func deleteComponentResources(
    _ request: DeleteComponentResourcesRequest, context: ServerContext
  ) async throws -> DeleteComponentResourcesResponse {
    try await services.answer(request, context, services.delete)
  }
}

private struct Tiers: SubscriptionsServiceServer {
  let services: RemoteServices

  func getTier(_ request: GetTierRequest, context: ServerContext) async throws -> GetTierResponse {
    try await services.answer(request, context, services.tier)
  }
}
