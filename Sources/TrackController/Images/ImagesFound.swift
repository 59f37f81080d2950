import TrackDomain

/// The store's part of one page of a track's images, from one snapshot.
struct ImagesFound: Sendable {
  let component: Component
  let page: ImagePage
  /// The environments in which an image is active, by image. Read as a whole, because a track has
  /// few environments.
  let deployedIn: [String: [String]]
  /// Whether the component has images that belong to no track yet.
  var hasUnversioned: Bool { page.hasUnversioned }

  /// Throws `DomainError` when the track does not exist, and `StoreError`.
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
