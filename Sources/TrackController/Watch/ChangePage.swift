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
  /// The organizations of the changes' projects, where they were asked for.
  private let organizations: [String: String]

  /// - Parameter tellsOrganizations: whether rights will be looked at.
  init(
    after place: LogPlace, limit: Int, tellsOrganizations: Bool = false, _ reader: any StoreReader
  ) throws {
    guard let found = try reader.changes(after: place, limit: limit) else {
      throw DomainError.resync(.tokenTooOld)
    }
    examined = found.count
    isLast = found.count < limit
    position = found.last?.place ?? place
    changes = found.filter(\.change.isWatched)
    organizations = tellsOrganizations ? try Self.organizations(of: changes, reader) : [:]
  }

  private static func organizations(
    of changes: [LoggedChange], _ reader: any StoreReader
  ) throws(StoreError) -> [String: String] {
    let keys = Set(changes.map { CatalogKey(.project, $0.change.projectId) })
    let found = try reader.catalogResources(at: keys)
    return Dictionary(
      found.compactMap { key, project in project.value.parentId.map { (key.id, $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// Whether a caller may read of a change.
  public func isReadable(_ change: Change, with access: Access) -> Bool {
    guard access.isRestricted else { return true }
    return access.allows(
      .read,
      at: AccessPlace(
        organizationId: organizations[change.projectId] ?? "", projectId: change.projectId,
        componentId: change.componentId))
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
