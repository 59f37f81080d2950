import TrackDomain

/// What the store knows for one page of a track's images, from one snapshot.
struct ImagesFound: Sendable {
  let component: Component
  let page: ImagePage
  /// The environments in which an image is active, by image. A track has few environments, so that
  /// no image has to be looked up.
  let deployedIn: [String: [String]]
  /// Whether the component has images that belong to no track yet.
  var hasUnversioned: Bool { page.hasUnversioned }

  /// Throws `DomainError` when there is no such track, and `StoreError`.
  init(_ query: ImageQuery, _ reader: any StoreReader) throws {
    page = try reader.images(query)
    guard let component = page.component else {
      throw DomainError.notFound(.component, query.componentId)
    }
    guard page.hasTrack else {
      throw DomainError.trackNotFound(componentId: query.componentId, trackId: query.trackId)
    }
    self.component = component
    deployedIn = Dictionary(grouping: page.bindings, by: \.currentImageId)
      .mapValues { $0.map(\.environmentId).sorted() }
  }
}
