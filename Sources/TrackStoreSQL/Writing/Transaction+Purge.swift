package import TrackDomain

package extension Transaction {
  private static let track = """
    component_key = (SELECT key FROM component WHERE id = ?1) AND track_id = ?2
    """

  /// - Parameter key: unique in the table.
  private static func purge(_ table: String, by key: String) -> Query {
    Query(
      "DELETE FROM \(table) WHERE \(key) IN (SELECT \(key) FROM \(table) WHERE \(track) LIMIT ?3)")
  }

  /// - Parameter key: unique in the track.
  private static func purge(_ table: String, ofTrackBy key: String) -> Query {
    Query(
      """
      DELETE FROM \(table) WHERE \(track)
        AND \(key) IN (SELECT \(key) FROM \(table) WHERE \(track) LIMIT ?3)
      """)
  }

  /// What refers to others comes before them.
  private static let purges = [
    purge("binding", ofTrackBy: "environment_id"),
    purge("release", by: "release_deployment_id"),
    purge("deployment", by: "sequence"),
    purge("image", by: "key"),
    purge("config_revision", ofTrackBy: "number"),
  ]

  func purgeTrack(componentId: String, trackId: String, limit: Int) throws(StoreError) {
    var rest = limit
    for query in Self.purges {
      let row = try change(query, of: componentId)
      row.bind(1, componentId)
      row.bind(2, trackId)
      row.bind(3, rest)
      rest -= try run(row)
      if rest <= 0 { return }
    }
  }
}
