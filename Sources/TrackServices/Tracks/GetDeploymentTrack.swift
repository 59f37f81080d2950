public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func getDeploymentTrack(
    _ request: GetDeploymentTrackRequest, atOnce context: ServerContext
  ) throws -> EncodedMessage<GetDeploymentTrackResponse>? {
    let key = ReplyCache.Key(request)
    // Before the read: see `TrackStore.commitStamp`.
    guard let shelf = replies.shelf(on: context.executor),
      let stamp = tracks.commitStamp(ofComponent: key.componentId)
    else { return try read(request)?.get() }
    if let reply = shelf.reply(to: key, stamp) { return try reply.get() }
    guard let reply = try read(request) else { return nil }
    shelf.keep(reply, to: key, stamp)
    return try reply.get()
  }

  /// The reply, or that there is no such track; nil where the store does not answer at once.
  private func read(_ request: GetDeploymentTrackRequest) throws -> ReplyCache.Reply? {
    try answering {
      do {
        return try tracks.trackAtOnce(
          componentId: request.componentId, trackId: request.deploymentTrackId
        ).map { .success(EncodedMessage(GetDeploymentTrackResponse($0))) }
      } catch let error as DomainError where error.kind == .notFound {
        return .failure(EncodedStatus(RPCError(error)))
      }
    }
  }

  public func getDeploymentTrack(
    _ request: GetDeploymentTrackRequest, context: ServerContext
  ) async throws -> GetDeploymentTrackResponse {
    try await answering {
      GetDeploymentTrackResponse(
        try await tracks.track(
          componentId: request.componentId, trackId: request.deploymentTrackId))
    }
  }
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
