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

/// The answer to an `ImageQuery`.
public struct ImagePage: Sendable, Hashable {
  public var images: [TrackImage]
  /// Nil at the end of the list.
  public var next: ImageKey?

  public init(images: [TrackImage], next: ImageKey?) {
    self.images = images
    self.next = next
  }
}
