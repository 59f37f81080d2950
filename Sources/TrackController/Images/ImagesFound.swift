import TrackDomain

/// What the store knows for one page of a track's images, from one snapshot.
struct ImagesFound: Sendable {
  let component: Component
  let page: ImagePage
  /// The environments in which an image is active, by image. A track has few environments, so that
  /// no image has to be looked up.
  let deployedIn: [String: [String]]
  /// Whether the component has images that belong to no track yet.
  let hasUnversioned: Bool

  /// Throws `DomainError` when there is no such track, and `StoreError`.
  init(_ query: ImageQuery, _ reader: any StoreReader) throws {
    guard let context = try reader.component(query.componentId) else {
      throw DomainError.notFound(.component, query.componentId)
    }
    component = context.component
    page = try reader.images(query)
    if page.images.isEmpty {
      _ = try TrackController.track(
        componentId: query.componentId, trackId: query.trackId, reader)
    }
    let bindings = try reader.bindings(componentId: query.componentId, trackId: query.trackId)
    deployedIn = Dictionary(grouping: bindings, by: \.currentImageId)
      .mapValues { $0.map(\.environmentId).sorted() }
    hasUnversioned = try !reader.unversionedImages(
      componentId: query.componentId, limit: 1
    ).isEmpty
  }
}
