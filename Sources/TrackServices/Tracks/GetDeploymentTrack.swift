public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func getDeploymentTrack(
    _ request: GetDeploymentTrackRequest, atOnce context: ServerContext
  ) throws -> EncodedMessage<GetDeploymentTrackResponse>? {
    guard unlimited.readsAtOnce else { return nil }
    let access = access.access(context)
    return try gets.reply(
      to: TrackReplyKey(request, access.readerId),
      { unlimited.commitStamp(ofComponent: request.componentId) },
      on: context.executor
    ) {
      try unlimited.limited(to: access).trackAtOnce(
        componentId: request.componentId, trackId: request.deploymentTrackId
      ).map { EncodedMessage(GetDeploymentTrackResponse($0)) }
    }
  }

  public func getDeploymentTrack(
    _ request: GetDeploymentTrackRequest, context: ServerContext
  ) async throws -> GetDeploymentTrackResponse {
    try await answering {
      GetDeploymentTrackResponse(
        try await readable(context).track(
          componentId: request.componentId, trackId: request.deploymentTrackId))
    }
  }
}

/// A GetDeploymentTrack, as far as its reply depends on it.
struct TrackReplyKey: ReplyKey {
  let componentId: String
  let trackId: String
  /// Whose rights decide on it.
  let readerId: UInt64?

  init(_ request: GetDeploymentTrackRequest, _ readerId: UInt64?) {
    self.readerId = readerId
    componentId = request.componentId
    trackId = request.deploymentTrackId
  }

  var byteCount: Int { componentId.utf8.count + trackId.utf8.count }
}

extension GetDeploymentTrackResponse {
  init(_ found: DeployedTrack) {
    self.init()
    // Set in place, which avoids copying a large value.
    deploymentTrack = DeploymentTrack()
    deploymentTrack?.set(found.track)
    activeDeployments = found.active.map { ActiveDeployment($0) }
  }
}

extension ActiveDeployment {
  init(_ active: DeployedTrack.Active) {
    self.init()
    deployment = TrackMessages.Deployment(active.deployment)
    objects = active.objects?.objects.map { ManifestObject($0) } ?? []
    endpointAddresses = active.objects?.addresses.map { EndpointAddress($0) } ?? []
  }
}

extension ManifestObject {
  init(_ object: DeployedObjects.Object) {
    self.init()
    kind = object.kind
    name = object.name
  }
}

extension EndpointAddress {
  init(_ address: DeployedObjects.Address) {
    self.init()
    endpoint = address.endpoint
    self.address = "\(address.service):\(address.port)"
  }
}
