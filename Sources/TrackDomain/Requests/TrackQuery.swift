/// One page of a component's tracks.
public struct TrackQuery: Sendable, Hashable {
  public var componentId: String
  public var filter: TrackFilter
  public var order: TrackOrder
  /// Rows after this place only; nil from the start.
  public var after: TrackKey?
  /// At most this many tracks are returned; at least 1.
  public var limit: Int
  /// At most this many rows are looked at, matching or not; at least `limit`.
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
