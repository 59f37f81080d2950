public import RPC
import TrackController
import TrackDomain
import TrackMapping
public import TrackMessages

extension DeploymentTrackService {
  public func getDeploymentTrack(
    _ request: GetDeploymentTrackRequest, context: ServerContext
  ) async throws -> GetDeploymentTrackResponse {
    try await answering {
      let found = try await tracks.track(
        componentId: request.componentId, trackId: request.deploymentTrackId)
      var response = GetDeploymentTrackResponse()
      // In place, which spares the copy of a large value.
      response.deploymentTrack = DeploymentTrack()
      response.deploymentTrack?.set(found.track)
      response.activeDeployments = found.active.map { ActiveDeployment($0) }
      return response
    }
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
