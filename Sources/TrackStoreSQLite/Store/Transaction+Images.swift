import TrackDomain

extension Transaction {
  private static let insertImage = Query(
    """
    INSERT INTO image (component_key, id, track_id, saved_track_id, run_id, commit_hash,
      is_superseded, created_at, updated_at, details)
    SELECT key, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM component WHERE id = ?1
    """)
  private static let updateImage = Query(
    """
    UPDATE image SET track_id = ?3, is_superseded = ?4, updated_at = ?5
    WHERE id = ?2 AND component_key = (SELECT key FROM component WHERE id = ?1)
    """)

  func insertImage(_ image: TrackImage) throws(StoreError) {
    let row = try change(Self.insertImage)
    row.bind(1, image.componentId)
    row.bind(2, image.id)
    row.bind(3, emptyIsNull: image.trackId)
    row.bind(4, image.savedTrackId)
    row.bind(5, image.runId)
    row.bind(6, image.commitHash)
    row.bind(7, image.isSuperseded)
    row.bind(8, image.createdAt)
    row.bind(9, image.updatedAt)
    row.bind(10, Snapshot.encodeDetails(of: image))
    try runOnRow(row, "component \(image.componentId)")
  }

  func updateImage(_ image: TrackImage) throws(StoreError) {
    let row = try change(Self.updateImage)
    row.bind(1, image.componentId)
    row.bind(2, image.id)
    row.bind(3, emptyIsNull: image.trackId)
    row.bind(4, image.isSuperseded)
    row.bind(5, image.updatedAt)
    try runOnRow(row, "image \(image.id)")
  }
}
