/// One page of a component's tracks.
public struct TrackQuery: Sendable, Hashable {
  public var componentId: String
  public var filter: TrackFilter
  public var order: TrackOrder
  /// Rows after this place only; nil from the start.
  public var after: TrackKey?
  /// At most this many tracks are returned; at least 1.
  public var limit: Int
  /// At most this many rows are examined, matching or not; at least `limit`.
  public var examined: Int

  public init(
    componentId: String, filter: TrackFilter, order: TrackOrder, after: TrackKey?, limit: Int,
    examined: Int
  ) {
    self.componentId = componentId
    self.filter = filter
    self.order = order
    self.after = after
    self.limit = limit
    self.examined = examined
  }
}

/// The answer to a `TrackQuery`.
public struct TrackPage: Sendable, Hashable {
  /// The matching tracks, in the order asked for.
  public var tracks: [Track]
  /// The place of the last row examined, when rows follow it; nil at the end of the list.
  public var next: TrackKey?

  public init(tracks: [Track], next: TrackKey?) {
    self.tracks = tracks
    self.next = next
  }
}
