public import TrackDomain

/// A part of the change log.
public struct ChangePage: Sendable {
  /// The changes of tracks, images and deployments, in ascending order.
  public let changes: [LoggedChange]
  /// The place behind the newest change that was examined.
  public let position: LogPlace
  /// Whether there was nothing after it.
  public let isLast: Bool
  /// Where the changes happened, where rights will be looked at.
  private let places: [LogPlace: AccessPlace]

  /// - Parameter tellsPlaces: whether rights will be looked at.
  init(
    after place: LogPlace, limit: Int, tellsPlaces: Bool = false, _ reader: any StoreReader
  ) throws {
    guard let found = try reader.changes(after: place, limit: limit) else {
      throw DomainError.resync(.tokenTooOld)
    }
    isLast = found.count < limit
    position = found.last?.place ?? place
    changes = found.filter(\.change.isWatched)
    places = tellsPlaces ? try Self.places(of: changes, reader) : [:]
  }

  /// A change belongs to the organization that its project had then. Ids may have been given again
  /// since: a grant for a project or a component counts for changes of what has the id now, or
  /// had it last.
  private static func places(
    of changes: [LoggedChange], _ reader: any StoreReader
  ) throws(StoreError) -> [LogPlace: AccessPlace] {
    let keys = changes.flatMap {
      [
        CatalogKey(.project, $0.change.projectId),
        CatalogKey(.component, $0.change.componentId),
      ]
    }
    let present = try reader.catalogResources(at: Set(keys)).compactMapValues(\.value.parentId)
    let organizations = try reader.organizations(of: changes)
    var places: [LogPlace: AccessPlace] = [:]
    for (logged, organizationId) in zip(changes, organizations) {
      let change = logged.change
      var place = AccessPlace(organizationId: organizationId ?? "")
      let owner = present[CatalogKey(.project, change.projectId)]
      if owner == nil || owner == organizationId {
        place.projectId = change.projectId
        let parent = present[CatalogKey(.component, change.componentId)]
        if parent == nil || parent == change.projectId { place.componentId = change.componentId }
      }
      places[logged.place] = place
    }
    return places
  }

  /// Whether a caller may read of a change of this page.
  public func isReadable(_ logged: LoggedChange, with access: Access) -> Bool {
    guard access.isRestricted else { return true }
    return access.allows(.read, at: places[logged.place] ?? .everywhere)
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
