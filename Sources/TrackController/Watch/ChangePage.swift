public import TrackDomain

/// A part of the change log.
public struct ChangePage: Sendable {
  /// Those of tracks, images and deployments, ascending.
  public let changes: [LoggedChange]
  /// All changes up to this one have been looked at.
  public let position: LogPlace
  /// Whether there was nothing after it.
  public let isLast: Bool

  init(after place: LogPlace, limit: Int, _ reader: any StoreReader) throws {
    try Self.checkCompleteness(after: place.sequence, reader)
    let found = try reader.changes(after: place.sequence, limit: limit)
    isLast = found.count < limit
    position = found.last?.place ?? place
    changes = found.filter(\.change.isWatched)
  }

  /// Throws RESYNC if changes after `sequence` are not kept any more.
  static func checkCompleteness(after sequence: Int64, _ reader: any StoreReader) throws {
    let oldest = try reader.oldestChange()
    guard sequence + 1 >= (try oldest ?? reader.newestChange() + 1) else {
      throw DomainError.resync(.tokenTooOld)
    }
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
