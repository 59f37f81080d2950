import IntegrationMessages
import RPC
public import TrackDomain
import TrackMessages

/// `deploymenttrack.integration.v1.SubscriptionsService`.
public struct RemoteSubscriptions: Subscriptions {
  private static let name = "the subscription service"
  /// Short, because a caller waits for the answer.
  private static let timeouts = RemoteTimeouts(attempt: .seconds(2), overall: .seconds(4))

  private let client: SubscriptionsServiceClient
  private let caller: RemoteCaller

  public init(_ server: RemoteServer) {
    client = SubscriptionsServiceClient(server.client)
    caller = server.caller
  }

  public func tier(
    organizationId: String
  ) async throws(IntegrationError) -> TrackDomain.OrganizationTier? {
    var request = GetTierRequest()
    request.organizationId = organizationId
    let response: GetTierResponse
    do throws(IntegrationError) {
      response = try await caller.call(
        SubscriptionsServiceMethods.getTier, of: Self.name, Self.timeouts
      ) { [client, request] (options) in
        try await client.getTier(request, options: options)
      }
    } catch {
      if error.kind == .notFound { return nil }
      throw error
    }
    switch response.tier {
    case .unspecified: return nil
    case .free: return .free
    case .paid: return .paid
    case .unrecognized: throw .senseless(Self.name, "a tier that trackd does not know")
    }
  }
}
