package import TrackDomain

package extension Reader {
  private static let rows = Query(
    """
    SELECT count(*) FROM (
      \(["deployment", "image", "release", "config_revision"].map(of).joined(separator: " UNION ALL "))
      LIMIT ?3) AS found
    """)

  private static func of(_ table: String) -> String {
    """
    SELECT 1 FROM \(table)
    WHERE component_key = (SELECT key FROM component WHERE id = ?1) AND track_id = ?2
    """
  }

  func historyRows(
    componentId: String, trackId: String, upTo limit: Int
  ) throws(StoreError) -> Int {
    let row = try statement(Self.rows)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, trackId)
    row.bind(3, limit)
    return try step(row) ? Int(row.int(0)) : 0
  }
}
