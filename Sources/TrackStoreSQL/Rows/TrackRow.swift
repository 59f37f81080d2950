import TrackDomain

/// The columns of a track as every query about tracks selects them.
enum TrackRow {
  static let columns = "t.id, \(columnsWithoutId)"
  /// The same for a query that knows the id: each text that is selected costs two allocations.
  static let columnsOfKnown = "NULL, \(columnsWithoutId)"
  private static let columnsWithoutId = """
    t.major, t.minor, t.auto_deploy_enabled, t.config_revision, t.revision, t.created_at, \
    t.updated_at, t.branch, t.created_by, t.description, t.endpoints
    """
  private static let endpointsColumn: Int32 = 11
  /// The number of the first column after those.
  static let end: Int32 = 12

  /// The track of the row; its endpoints are given, because they are not always wanted.
  static func track(
    _ row: any Statement, componentId: String, latestId: String, endpoints: [Endpoint] = []
  ) throws(StoreError) -> Track {
    let id = row.text(0)
    return try track(
      row, id: id, componentId: componentId, isLatest: id == latestId, endpoints: endpoints)
  }

  /// The same where the id is known, and whether it is that of the latest track.
  static func track(
    _ row: any Statement, id: String, componentId: String, isLatest: Bool, endpoints: [Endpoint]
  ) throws(StoreError) -> Track {
    let track = Track(
      id: id, componentId: componentId, version: version(row, major: 1, minor: 2),
      branch: row.text(8), description: row.text(10), autoDeployEnabled: row.bool(3),
      isLatest: isLatest, endpoints: endpoints,
      configRevision: row.natural32(4), revision: row.counter(5), createdAt: row.time(6),
      updatedAt: row.time(7), createdBy: row.text(9))
    try row.check("track \(id) of \(componentId)")
    return track
  }

  static func endpoints(_ row: any Statement) throws(StoreError) -> [Endpoint] {
    try endpoints(row.blob(endpointsColumn))
  }

  /// The same for the rows of a list. Tracks of a component mostly have the endpoints of the one
  /// before them, which they were created with: those are decoded once and share their storage.
  struct EndpointDecoder {
    private var bytes: [UInt8] = []
    private var endpoints: [Endpoint] = []

    mutating func endpoints(_ row: any Statement) throws(StoreError) -> [Endpoint] {
      if row.blob(endpointsColumn, equals: bytes) { return endpoints }
      let found = row.blob(endpointsColumn)
      endpoints = try TrackRow.endpoints(found)
      bytes = found
      return endpoints
    }
  }

  static func endpoints(_ bytes: [UInt8]) throws(StoreError) -> [Endpoint] {
    if bytes.isEmpty { return [] }
    do { return try Snapshot.endpoints(bytes) } catch { throw .unreadable("endpoints of a track") }
  }

  static func version(_ row: any Statement, major: Int32, minor: Int32) -> APIVersion? {
    if row.int(major) == -1 && row.int(minor) == -1 { return nil }
    return APIVersion(major: row.natural32(major), minor: row.natural32(minor))
  }
}
