package import TrackDomain

package extension Reader {
  private static let byId = Query(
    """
    SELECT \(TrackRow.columnsOfKnown), c.latest_track_id = ?2
    FROM component c JOIN track t ON t.component_key = c.key WHERE c.id = ?1 AND t.id = ?2
    """)
  private static let count = Query(
    """
    SELECT count(*) FROM (
      SELECT 1 FROM track WHERE component_key = (SELECT key FROM component WHERE id = ?1) LIMIT ?2)
      AS found
    """)
  private static let byVersion = Query(
    """
    SELECT id FROM track WHERE component_key = (SELECT key FROM component WHERE id = ?1)
      AND major = ?2 AND minor = ?3 AND major >= 0
    """)
  private static let byBranch = Query(
    """
    SELECT id FROM track WHERE component_key = (SELECT key FROM component WHERE id = ?1)
      AND branch = ?2 AND major = -1
    """)

  func track(componentId: String, id: String) throws(StoreError) -> Track? {
    let row = try statement(Self.byId)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, id)
    guard try step(row) else { return nil }
    return try TrackRow.track(
      row, id: id, componentId: componentId, isLatest: row.bool(TrackRow.end),
      endpoints: try TrackRow.endpoints(row))
  }

  /// The number of tracks of the component, counted up to `limit`.
  func trackCount(componentId: String, upTo limit: Int) throws(StoreError) -> Int {
    let row = try statement(Self.count)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, limit)
    return try step(row) ? Int(row.int(0)) : 0
  }

  func trackId(componentId: String, version: APIVersion) throws(StoreError) -> String? {
    let row = try statement(Self.byVersion)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, Int64(version.major))
    row.bind(3, Int64(version.minor))
    return try step(row) ? row.text(0) : nil
  }

  func trackId(componentId: String, unversionedBranch: String) throws(StoreError) -> String? {
    let row = try statement(Self.byBranch)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, unversionedBranch)
    return try step(row) ? row.text(0) : nil
  }
}
