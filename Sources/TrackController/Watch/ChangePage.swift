public import TrackDomain

/// A part of the change log.
public struct ChangePage: Sendable {
  /// The changes of tracks, images and deployments, in ascending order.
  public let changes: [LoggedChange]
  /// The place behind the newest change that was examined.
  public let position: LogPlace
  /// Whether the log had no further changes.
  public let isLast: Bool

  init(after place: LogPlace, limit: Int, _ reader: any StoreReader) throws {
    try Self.checkCompleteness(after: place.sequence, reader)
    let found = try reader.changes(after: place.sequence, limit: limit)
    isLast = found.count < limit
    position = found.last?.place ?? place
    changes = found.filter(\.change.isWatched)
  }

  /// Throws RESYNC if the log no longer holds all changes after `sequence`.
  static func checkCompleteness(after sequence: Int64, _ reader: any StoreReader) throws {
    let oldest = try reader.oldestChange()
    guard sequence + 1 >= (try oldest ?? reader.newestChange() + 1) else {
      throw DomainError.resync(.tokenTooOld)
    }
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
