/// A page of a track's configurations, newest first.
public struct ConfigRevisionQuery: Sendable, Hashable {
  public var componentId: String
  public var trackId: String
  /// Numbers below this only; nil from the newest.
  public var before: Int64?
  /// At least 1.
  public var limit: Int
  /// A page ends early after this many bytes: one configuration may be megabytes.
  public var maximumBytes: Int

  public init(
    componentId: String, trackId: String, before: Int64? = nil, limit: Int,
    maximumBytes: Int = 1 << 20
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.before = before
    self.limit = limit
    self.maximumBytes = maximumBytes
  }
}

/// The answer to a `ConfigRevisionQuery`.
public struct ConfigRevisionPage: Sendable, Hashable {
  public var revisions: [ConfigRevision]
  /// The revision before the last of them, which begins the next page; nil at the end of the list.
  public var predecessor: ConfigRevision?

  public init(revisions: [ConfigRevision], predecessor: ConfigRevision?) {
    self.revisions = revisions
    self.predecessor = predecessor
  }

  /// The number of the last revision when there are more; nil at the end of the list.
  public var next: Int64? {
    predecessor == nil ? nil : revisions.last.map { Int64($0.number) }
  }
}

extension ConfigRevisionQuery {
  /// `before` as the place of a page token.
  public static func place(before number: Int64) -> [UInt8] {
    var writer = SnapshotWriter()
    writer.signed(number)
    return writer.bytes
  }

  /// Reads `place(before:)`.
  public static func before(place: [UInt8]) throws(InvalidValue) -> Int64 {
    try PageToken.read(place) { (reader) throws(SnapshotError) in try reader.signed() }
  }
}
