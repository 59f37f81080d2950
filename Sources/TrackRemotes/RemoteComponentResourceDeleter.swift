import IntegrationMessages
import RPC
public import TrackDomain
import TrackMapping
import TrackMessages

/// `deploymenttrack.integration.v1.ComponentResourceDeleterService`.
public struct RemoteComponentResourceDeleter: ComponentResourceDeleter {
  private static let name = "the resource deleter"
  private static let timeouts = RemoteTimeouts(attempt: .seconds(30), overall: .seconds(50))

  private let client: ComponentResourceDeleterServiceClient
  private let caller: RemoteCaller

  public init(_ server: RemoteServer) {
    client = ComponentResourceDeleterServiceClient(server.client)
    caller = server.caller
  }

  public func delete(
    _ step: ComponentResourceStep, of resources: TrackResources
  ) async throws(IntegrationError) {
    let request = DeleteComponentResourcesRequest(step, resources)
    _ = try await caller.call(
      ComponentResourceDeleterServiceMethods.deleteComponentResources, of: Self.name, Self.timeouts
    ) { [client] (options) in
      try await client.deleteComponentResources(request, options: options)
    }
  }
}

extension DeleteComponentResourcesRequest {
  fileprivate init(_ step: ComponentResourceStep, _ resources: TrackResources) {
    self.init()
    operationId = resources.operationId
    self.step =
      switch step {
      case .gatewayConfigs: .gatewayConfigs
      case .keySets: .keySets
      case .externalResources: .externalResources
      }
    organizationId = resources.organizationId
    component = TrackMessages.Component(resources.component)
    deploymentTrack = DeploymentTrack(resources.track)
    environments = resources.environments.map { TrackMessages.Environment($0) }
  }
}
