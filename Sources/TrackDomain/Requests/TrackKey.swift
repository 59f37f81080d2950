/// A place in a list of tracks: the key of the row after which the list goes on.
public struct TrackKey: Sendable, Hashable {
  /// The row's version; used by `TrackOrder.Field.version` only.
  public var version: APIVersion?
  /// The row's update time in lists by update time, else its creation time.
  public var at: Timestamp
  public var id: String

  public init(version: APIVersion?, at: Timestamp, id: String) {
    self.version = version
    self.at = at
    self.id = id
  }

  /// The place of `track` in a list of that order.
  public init(_ track: Track, in order: TrackOrder) {
    self.init(
      version: order.field == .version ? track.version : nil,
      at: order.field == .updatedAt ? track.updatedAt : track.createdAt, id: track.id)
  }
}

extension TrackKey {
  /// The key as the place of a page token.
  public var place: [UInt8] {
    var writer = SnapshotWriter()
    writer.version(version)
    writer.signed(at.microseconds)
    writer.text(id)
    return writer.bytes
  }

  /// Reads `place`.
  public init(place: [UInt8]) throws(InvalidValue) {
    self = try PageToken.read(place) { (reader) throws(SnapshotError) in
      TrackKey(
        version: try reader.version(), at: Timestamp(microseconds: try reader.signed()),
        id: try reader.text())
    }
  }
}
