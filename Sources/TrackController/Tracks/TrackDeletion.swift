import TrackDomain

/// The deletion of a track, under way or over.
struct TrackDeletion: Sendable, Hashable {
  /// Empty in requests that were remembered when deleting took one transaction.
  var operationId: String
  /// The component's latest track once it was accepted.
  var latestTrackId: String
  /// Tells the track from a later one with its id.
  var trackCreatedAt: Timestamp

  init(operationId: String, latestTrackId: String, trackCreatedAt: Timestamp) {
    self.operationId = operationId
    self.latestTrackId = latestTrackId
    self.trackCreatedAt = trackCreatedAt
  }

  /// Its parts, by spaces.
  var text: String { "\(latestTrackId) \(operationId) \(trackCreatedAt.microseconds)" }

  /// Reads `text`.
  init(text: String) throws(SnapshotError) {
    let parts = text.split(separator: " ")
    switch parts.count {
    case 1:
      self.init(
        operationId: "", latestTrackId: text, trackCreatedAt: .earliest)
    case 3:
      guard let time = Int64(parts[2]) else { throw SnapshotError() }
      self.init(
        operationId: String(parts[1]), latestTrackId: String(parts[0]),
        trackCreatedAt: Timestamp(microseconds: time))
    default: throw SnapshotError()
    }
  }

  func isRunning(_ reader: any StoreReader) throws(StoreError) -> Bool {
    try reader.operation(id: operationId) != nil
  }

  /// Whether the track exists, and is not a later one with its id.
  func isThere(
    componentId: String, trackId: String, _ reader: any StoreReader
  ) throws(StoreError) -> Bool {
    let track = try reader.track(componentId: componentId, id: trackId)
    return track?.createdAt == trackCreatedAt
  }
}
