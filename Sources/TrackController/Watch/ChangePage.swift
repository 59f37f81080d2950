public import TrackDomain

/// A part of the change log.
public struct ChangePage: Sendable {
  /// Those of tracks, images and deployments, ascending.
  public let changes: [LoggedChange]
  /// All changes up to this one have been looked at.
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
  /// Whether watches tell of it: the catalog's changes are logged, too.
  var isWatched: Bool {
    switch resource {
    case .deploymentTrack, .image, .deployment: true
    case .organization, .project, .component, .environment, .deploymentPipeline: false
    }
  }
}
