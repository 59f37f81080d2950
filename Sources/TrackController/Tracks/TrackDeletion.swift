import TrackDomain

/// The result of a deletion.
public struct DeletedTrack: Sendable, Hashable {
  /// The component's latest track after the deletion.
  public var latestTrackId: String
  /// Places that could not be reached, and were given up because the deletion was forced: their
  /// files stay. Sentences for people.
  public var abandonedPlaces: [String]

  init(latestTrackId: String, abandonedPlaces: [String] = []) {
    self.latestTrackId = latestTrackId
    self.abandonedPlaces = abandonedPlaces
  }
}

/// The deletion of a track, under way or over.
struct TrackDeletion: Sendable, Hashable {
  /// Empty in requests that were remembered when a deletion was one transaction.
  var operationId: String
  /// The component's latest track after the deletion was accepted.
  var latestTrackId: String
  /// Tells the track from a later one with its id.
  var trackCreatedAt: Timestamp

  init(operationId: String, latestTrackId: String, trackCreatedAt: Timestamp) {
    self.operationId = operationId
    self.latestTrackId = latestTrackId
    self.trackCreatedAt = trackCreatedAt
  }

  /// The fields, separated by spaces.
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

  /// Whether the track still exists. A later track with its id does not count.
  func isThere(
    componentId: String, trackId: String, _ reader: any StoreReader
  ) throws(StoreError) -> Bool {
    let track = try reader.track(componentId: componentId, id: trackId)
    return track?.createdAt == trackCreatedAt
  }
}

extension StoreReader {
  /// Why a deletion is not over: the last error of the deletion, or of a cleanup that it waits for,
  /// or the operation that it waits for.
  func hindrance(
    of operationId: String, componentId: String, trackId: String
  ) throws(StoreError) -> DeletionHindrance {
    guard let deletion = try operation(id: operationId) else { return .outside("") }
    if deletion.step >= .purging {
      return .history(
        rows: try historyRows(
          componentId: componentId, trackId: trackId, upTo: DeletionHindrance.maximumRows))
    }
    if deletion.lastError.isEmpty,
      let deployment = try unfinishedDeployments(
        componentId: componentId, trackId: trackId, environmentId: nil
      ).first
    {
      return .deployment(deployment.id)
    }
    if deletion.lastError.isEmpty,
      try hasOperations(of: .deployment, componentId: componentId, trackId: trackId)
    {
      return .outside("release management is still to be told how a deployment ended")
    }
    if !deletion.lastError.isEmpty || deletion.isForced { return .outside(deletion.lastError) }
    let cleanings = try cleanings(
      componentId: componentId, trackId: trackId, limit: ExecutorOptions.cleaningsAtOnce)
    guard let stuck = cleanings.first(where: { !$0.lastError.isEmpty }), let left = stuck.left
    else { return .outside("") }
    return .outside(
      "environment \(stuck.environmentId) was in folder '\(left.place.path)' before: "
        + stuck.lastError + " ('force' gives that place up)")
  }
}
