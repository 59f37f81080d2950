import IntegrationMessages
import RPC
public import TrackDomain
import TrackMapping
import TrackMessages

/// `deploymenttrack.integration.v1.ReleaseManagementService`.
public struct RemoteReleaseManagement: ReleaseManagement {
  private static let name = "release management"
  private static let timeouts = RemoteTimeouts(attempt: .seconds(10), overall: .seconds(20))
  /// Items of one call.
  private static let batch = 100

  private let client: ReleaseManagementServiceClient
  private let caller: RemoteCaller

  public init(_ server: RemoteServer) {
    client = ReleaseManagementServiceClient(server.client)
    caller = server.caller
  }

  public func createReleases(
    _ orders: [ReleaseOrder]
  ) async -> [Result<ReleaseIds, IntegrationError>] {
    var results: [Result<ReleaseIds, IntegrationError>] = []
    for piece in orders.pieces(of: Self.batch) {
      let ids = piece.map(\.deploymentId)
      let answer = await BatchAnswer.ask(piece.map { NewRelease($0) }, id: \.deploymentId) {
        (items) async throws(IntegrationError) in try await create(items)
      }
      results += ids.map { answer.results[$0] ?? .failure(.senseless(Self.name, "no result")) }
    }
    return results
  }

  public func updateStatuses(
    _ updates: [ReleaseUpdate]
  ) async -> [Result<Void, IntegrationError>] {
    var results: [Result<Void, IntegrationError>] = []
    for piece in updates.pieces(of: Self.batch) {
      let ids = piece.map(\.deploymentId)
      let items = piece.map { DeploymentStatusUpdate($0) }
      let answer = await BatchAnswer.ask(items, id: \.deploymentId) {
        (items) async throws(IntegrationError) in try await update(items)
      }
      results += ids.map { answer.results[$0] ?? .failure(.senseless(Self.name, "no result")) }
    }
    return results
  }

  private func create(
    _ items: [NewRelease]
  ) async throws(IntegrationError) -> BatchAnswer<ReleaseIds> {
    var request = CreateReleasesRequest()
    request.releases = items
    let response = try await caller.call(
      ReleaseManagementServiceMethods.createReleases, of: Self.name, Self.timeouts
    ) {
      [client, request] (options) in
      try await client.createReleases(request, options: options)
    }
    return BatchAnswer(
      Self.name, ids: items.map(\.deploymentId), response.results, id: \.deploymentId,
      value: Self.ids)
  }

  private func update(
    _ items: [DeploymentStatusUpdate]
  ) async throws(IntegrationError) -> BatchAnswer<Void> {
    var request = UpdateDeploymentStatusesRequest()
    request.updates = items
    let response = try await caller.call(
      ReleaseManagementServiceMethods.updateDeploymentStatuses, of: Self.name, Self.timeouts
    ) {
      [client, request] (options) in
      try await client.updateDeploymentStatuses(request, options: options)
    }
    return BatchAnswer(
      Self.name, ids: items.map(\.deploymentId), response.results, id: \.deploymentId
    ) { result in
      result.error.map { .failure(IntegrationError(item: $0, of: Self.name)) } ?? .success(())
    }
  }

  private static func ids(_ result: CreateReleaseResult) -> Result<ReleaseIds, IntegrationError> {
    switch result.result {
    case .release(let release):
      let ids = ReleaseIds(
        releaseId: release.releaseMgtReleaseId, releaseDeploymentId: release.releaseMgtDeploymentId)
      guard RemoteText.isName(ids.releaseId), RemoteText.isName(ids.releaseDeploymentId) else {
        return .failure(.senseless(name, "a release without proper ids"))
      }
      return .success(ids)
    case .error(let status): return .failure(IntegrationError(item: status, of: name))
    case nil: return .failure(.senseless(name, "an empty result"))
    }
  }
}

extension NewRelease {
  fileprivate init(_ order: ReleaseOrder) {
    self.init()
    deploymentId = order.deploymentId
    organizationId = order.organizationId
    projectId = order.projectId
    componentId = order.componentId
    deploymentTrackId = order.trackId
    environmentId = order.environmentId
    image = DeploymentTrackImage(order.image)
    imagePorts = order.image.ports
    apiDefinitionPath = order.image.apiDefinitionPath
  }
}

extension DeploymentStatusUpdate {
  fileprivate init(_ update: ReleaseUpdate) {
    self.init()
    deploymentId = update.deploymentId
    releaseMgtReleaseId = update.ids.releaseId
    releaseMgtDeploymentId = update.ids.releaseDeploymentId
    message = update.message
    status =
      switch update.status {
      case .pending: .pending
      case .succeeded: .succeeded
      case .failed: .failed
      case .cancelled: .cancelled
      }
  }
}
