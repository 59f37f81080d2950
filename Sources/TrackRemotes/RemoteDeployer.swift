import IntegrationMessages
import Protobuf
import RPC
public import TrackDomain
import TrackMapping
import TrackMessages

/// `deploymenttrack.integration.v1.DeployerService`.
public struct RemoteDeployer: Deployer {
  private static let name = "the deployer"
  private static let maxAttempt = Duration.seconds(300)
  /// The most orders of one call, and their bytes: gRPC servers accept 4 MiB by default.
  private static let batch = 64
  private static let maxBytes = 3 << 20

  private let client: DeployerServiceClient
  private let caller: RemoteCaller
  private let timeouts: RemoteTimeouts

  /// - Parameter timeout: how long a deployment may take.
  public init(_ server: RemoteServer, timeout: Duration) {
    client = DeployerServiceClient(server.client)
    caller = server.caller
    timeouts = RemoteTimeouts(attempt: min(timeout, Self.maxAttempt), overall: timeout)
  }

  /// One lane for each project: the deployer's own concurrency is unknown.
  public func lane(of environment: TrackDomain.Environment) -> String {
    "remote/\(environment.projectId)"
  }

  /// Remote deployers get the environment with each order, and remember by themselves where they
  /// deployed.
  public func place(
    of environment: TrackDomain.Environment
  ) async throws(IntegrationError) -> DeploymentPlace? { nil }

  /// Remote deployers choose names by themselves.
  public func objects(
    of deployment: TrackDomain.Deployment, component: TrackDomain.Component, image: TrackImage,
    configs: TrackDomain.TrackConfigs
  ) -> DeployedObjects? { nil }

  public func deploy(
    _ orders: [DeploymentOrder],
    willPublish: @escaping @Sendable (_ hashes: [String: String]) async throws -> Void
  ) async -> [String: Result<DeploymentReceipt, IntegrationError>] {
    var results: [String: Result<DeploymentReceipt, IntegrationError>] = [:]
    let messages = orders.map { DeployOrder($0) }
    let pieces = messages.pieces(of: Self.batch, maxBytes: Self.maxBytes) {
      $0.serialized().count
    }
    for piece in pieces {
      for (id, result) in await deploy(piece, willPublish) { results[id] = result }
    }
    return results
  }

  /// A remote deployer's commits are unknown before it makes them: none is announced.
  private func deploy(
    _ orders: [DeployOrder],
    _ willPublish: @Sendable (_ hashes: [String: String]) async throws -> Void
  ) async -> [String: Result<DeploymentReceipt, IntegrationError>] {
    let ids = orders.map(\.id)
    do {
      try await willPublish(Dictionary(ids.map { ($0, "") }) { first, _ in first })
    } catch is CancellationError {
      return BatchAnswer<DeploymentReceipt>(ids: ids, failed: .cancelled).results
    } catch {
      return BatchAnswer<DeploymentReceipt>(
        ids: ids, failed: IntegrationError(.unavailable, "the deployment could not be recorded")
      ).results
    }
    return await BatchAnswer.ask(orders, id: \.id) { (orders) async throws(IntegrationError) in
      try await send(orders)
    }.results
  }

  private func send(
    _ orders: [DeployOrder]
  ) async throws(IntegrationError) -> BatchAnswer<DeploymentReceipt> {
    var request = DeployRequest()
    request.orders = orders
    let response = try await caller.call(
      DeployerServiceMethods.deploy, of: Self.name, timeouts
    ) { [client, request] (options) in
      try await client.deploy(request, options: options)
    }
    return BatchAnswer(
      Self.name, ids: orders.map(\.id), response.results, id: \.deploymentId,
      value: Self.receipt)
  }

  public func receipt(
    of order: DeploymentOrder, gitopsHash: String
  ) async throws(IntegrationError) -> DeploymentReceipt? {
    var request = GetReceiptRequest()
    request.deploymentId = order.deployment.id
    request.componentId = order.component.id
    request.deploymentTrackId = order.track.id
    request.environment = TrackMessages.Environment(order.environment)
    let response = try await caller.call(
      DeployerServiceMethods.getReceipt, of: Self.name, timeouts
    ) { [client, request] (options) in
      try await client.getReceipt(request, options: options)
    }
    guard let receipt = response.receipt else { return nil }
    return try Self.receipt(receipt).get()
  }

  private static func receipt(
    _ result: DeployResult
  ) -> Result<DeploymentReceipt, IntegrationError> {
    switch result.result {
    case .receipt(let message): receipt(message)
    case .error(let status): .failure(IntegrationError(item: status, of: name))
    case nil: .failure(.senseless(name, "an empty result"))
    }
  }

  private static func receipt(
    _ message: DeployReceipt
  ) -> Result<DeploymentReceipt, IntegrationError> {
    guard message.gitopsHash.isEmpty || RemoteText.isName(message.gitopsHash) else {
      return .failure(.senseless(name, "a commit that is none"))
    }
    return .success(DeploymentReceipt(gitopsHash: message.gitopsHash))
  }
}

extension DeployOrder {
  /// The deployment's id.
  fileprivate var id: String { deployment?.id ?? "" }

  fileprivate init(_ order: DeploymentOrder) {
    self.init()
    deployment = TrackMessages.Deployment(order.deployment)
    organizationId = order.organizationId
    component = TrackMessages.Component(order.component)
    var track = order.track
    track.endpoints = []
    deploymentTrack = DeploymentTrack(track)
    environment = TrackMessages.Environment(order.environment)
    image = DeploymentTrackImage(order.image)
    imagePorts = order.image.ports
    apiDefinitionPath = order.image.apiDefinitionPath
    configs = TrackMessages.TrackConfigs(
      order.configs, revision: order.deployment.configRevision, showsSecrets: true)
  }
}
