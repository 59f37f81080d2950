public import TrackDomain

/// A part of the change log.
public struct ChangePage: Sendable {
  /// The changes of tracks, images and deployments, in ascending order.
  public let changes: [LoggedChange]
  /// The place behind the newest change that was examined.
  public let position: LogPlace
  /// How many were looked at.
  public let examined: Int
  /// Whether there was nothing after it.
  public let isLast: Bool

  init(after place: LogPlace, limit: Int, _ reader: any StoreReader) throws {
    guard let found = try reader.changes(after: place, limit: limit) else {
      throw DomainError.resync(.tokenTooOld)
    }
    examined = found.count
    isLast = found.count < limit
    position = found.last?.place ?? place
    changes = found.filter(\.change.isWatched)
  }
}

extension Change {
  /// Whether watches report the change. Changes of the catalog are logged, but not reported.
  var isWatched: Bool {
    switch resource {
    case .deploymentTrack, .image, .deployment: true
    case .organization, .project, .component, .environment, .deploymentPipeline: false
    }
  }
}
