import TrackDomain

/// The question how the build of an image ended. The build service is asked before a deployment of
/// the image is accepted, outside of any transaction: the answer does not change.
struct BuildQuestion: Sendable {
  let image: TrackImage
  let component: Component

  /// Nil when the call will be refused anyway.
  init?(_ request: DeploymentRequest, _ reader: any StoreReader) throws(StoreError) {
    guard let component = try reader.component(request.componentId),
      let image = try reader.image(componentId: request.componentId, id: request.imageId)
    else { return nil }
    self.init(image: image, component: component.component)
  }

  /// About an image that is about to be saved. Nil when the answer does not matter: the track does
  /// not deploy by itself, or the call will be refused.
  init?(_ request: SaveTrackImage, _ reader: any StoreReader) throws(StoreError) {
    guard !request.trackId.isEmpty, let component = try reader.component(request.componentId),
      let track = try reader.track(componentId: request.componentId, id: request.trackId),
      track.autoDeployEnabled
    else { return nil }
    let image = TrackImage(
      id: "", componentId: track.componentId, trackId: track.id, savedTrackId: track.id,
      images: [], runId: request.runId, createdAt: .earliest, updatedAt: .earliest)
    self.init(image: image, component: component.component)
  }

  private init(image: TrackImage, component: Component) {
    self.image = image
    self.component = component
  }

  /// Nil when the build service does not know the run, or does not answer in time.
  func ask(_ builds: any BuildService, until deadline: Timestamp) async -> BuildStatus? {
    let known = try? await builds.buildStatuses(
      of: [image], component: component, deadline: deadline)
    return known?[image.runId]
  }
}
