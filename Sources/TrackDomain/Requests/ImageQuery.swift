/// A page of a track's images, newest first by (created_at, id).
public struct ImageQuery: Sendable, Hashable {
  public var componentId: String
  public var trackId: String
  /// Rows after this place only; nil from the start.
  public var after: ImageKey?
  /// At least 1.
  public var limit: Int

  public init(componentId: String, trackId: String, after: ImageKey?, limit: Int) {
    self.componentId = componentId
    self.trackId = trackId
    self.after = after
    self.limit = limit
  }
}

/// A place in a list of images.
public struct ImageKey: Sendable, Hashable {
  public var createdAt: Timestamp
  public var id: String

  public init(createdAt: Timestamp, id: String) {
    self.createdAt = createdAt
    self.id = id
  }
}

/// The answer to an `ImageQuery`, with what is told beside the images, all of one state.
public struct ImagePage: Sendable, Hashable {
  public var images: [TrackImage]
  /// Nil at the end of the list.
  public var next: ImageKey?
  /// Nil when there is none.
  public var component: Component?
  /// Whether the component has the track.
  public var hasTrack: Bool
  /// What the track has in each environment it was ever deployed or held in.
  public var bindings: [EnvironmentBinding]
  /// Whether the component has images that belong to no track yet.
  public var hasUnversioned: Bool

  public init(
    images: [TrackImage], next: ImageKey?, component: Component? = nil, hasTrack: Bool = false,
    bindings: [EnvironmentBinding] = [], hasUnversioned: Bool = false
  ) {
    self.images = images
    self.next = next
    self.component = component
    self.hasTrack = hasTrack
    self.bindings = bindings
    self.hasUnversioned = hasUnversioned
  }
}

extension ImageKey {
  /// The key as the place of a page token.
  public var place: [UInt8] {
    var writer = SnapshotWriter()
    writer.signed(createdAt.microseconds)
    writer.text(id)
    return writer.bytes
  }

  /// Reads `place`.
  public init(place: [UInt8]) throws(InvalidValue) {
    self = try PageToken.read(place) { (reader) throws(SnapshotError) in
      ImageKey(createdAt: Timestamp(microseconds: try reader.signed()), id: try reader.text())
    }
  }
}
