/// The answer to a `TrackQuery`.
public struct TrackPage: Sendable, Hashable {
  /// The matching tracks, in the order asked for.
  public var tracks: [Track]
  /// The place of the last row that was looked at, when there are rows after it; nil at the end of
  /// the list.
  public var next: TrackKey?

  public init(tracks: [Track], next: TrackKey?) {
    self.tracks = tracks
    self.next = next
  }
}
