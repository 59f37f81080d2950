import TrackDomain

/// The columns of a track as every query about tracks selects them.
enum TrackRow {
  static let columns = """
    t.id, t.major, t.minor, t.auto_deploy_enabled, t.config_revision, t.revision, t.created_at, \
    t.updated_at, t.branch, t.created_by, t.description, t.endpoints
    """
  private static let endpointsColumn: Int32 = 11
  /// The number of the first column after those.
  static let end: Int32 = 12

  /// The track of the row; its endpoints are given, because they are not always wanted.
  static func track(
    _ row: Statement, componentId: String, latestId: String, endpoints: [Endpoint] = []
  ) throws(StoreError) -> Track {
    let id = row.text(0)
    let track = Track(
      id: id, componentId: componentId, version: version(row, major: 1, minor: 2),
      branch: row.text(8), description: row.text(10), autoDeployEnabled: row.bool(3),
      isLatest: id == latestId, endpoints: endpoints,
      configRevision: row.natural32(4), revision: row.counter(5), createdAt: row.time(6),
      updatedAt: row.time(7), createdBy: row.text(9))
    try row.check("track \(id) of \(componentId)")
    return track
  }

  static func endpoints(_ row: Statement) throws(StoreError) -> [Endpoint] {
    try endpoints(row.blob(endpointsColumn))
  }

  /// The same for the rows of a list. Tracks of a component mostly have the endpoints of the one
  /// before them, which they were created with: those are decoded once and share their storage.
  struct EndpointDecoder {
    private var bytes: [UInt8] = []
    private var endpoints: [Endpoint] = []

    mutating func endpoints(_ row: Statement) throws(StoreError) -> [Endpoint] {
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

  static func version(_ row: Statement, major: Int32, minor: Int32) -> APIVersion? {
    if row.int(major) == -1 && row.int(minor) == -1 { return nil }
    return APIVersion(major: row.natural32(major), minor: row.natural32(minor))
  }
}
