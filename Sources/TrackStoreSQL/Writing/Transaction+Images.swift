package import TrackDomain

package extension Transaction {
  private static let insertImage = Query(
    """
    INSERT INTO image (component_key, id, track_id, saved_track_id, run_id, commit_hash,
      is_superseded, created_at, updated_at, details, kept_from)
    SELECT key, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM component WHERE id = ?1
    """)
  private static let updateImage = Query(
    """
    UPDATE image SET track_id = ?3, is_superseded = ?4, updated_at = ?5, kept_from = ?6
    WHERE id = ?2 AND component_key = (SELECT key FROM component WHERE id = ?1)
    """)
  /// What is on its way keeps its image, and so does a binding. Few rows are passed over for that.
  private static let forgetOldImages = Query {
    """
    DELETE FROM image WHERE key IN (
      SELECT i.key FROM image i\($0.indexed(by: "image_disposable"))
      WHERE i.is_superseded = 1 AND i.was_deployed = 0 AND i.kept_from < ?1
        AND NOT EXISTS (SELECT 1 FROM binding WHERE current_image_id = i.id)
        AND NOT EXISTS (SELECT 1 FROM deployment d\($0.indexed(by: "deployment_queued"))
          WHERE d.component_key = i.component_key AND d.track_id = i.track_id AND d.state = 1
            AND d.image_id = i.id)
        AND NOT EXISTS (SELECT 1 FROM deployment d\($0.indexed(by: "deployment_in_progress"))
          WHERE d.component_key = i.component_key AND d.track_id = i.track_id AND d.state = 2
            AND d.image_id = i.id)
      ORDER BY i.kept_from LIMIT ?2)
    """
  }

  func insertImage(_ image: TrackImage) throws(StoreError) {
    let row = try change(Self.insertImage, of: image.componentId)
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
    row.bind(11, keptFrom)
    try send(row, changing: "component \(image.componentId)")
  }

  func updateImage(_ image: TrackImage) throws(StoreError) {
    let row = try change(Self.updateImage, of: image.componentId)
    row.bind(1, image.componentId)
    row.bind(2, image.id)
    row.bind(3, emptyIsNull: image.trackId)
    row.bind(4, image.isSuperseded)
    row.bind(5, image.updatedAt)
    row.bind(6, keptFrom)
    try send(row, changing: "image \(image.id)")
  }

  /// Drops images that were superseded before `time` of the retention's clock, were never deployed
  /// with success, and are not about to be: the longest superseded first, at most `limit`.
  func forgetImages(keptBefore time: Int64, limit: Int) throws(StoreError) -> Int {
    let row = try change(Self.forgetOldImages)
    row.bind(1, time)
    row.bind(2, limit)
    return try run(row)
  }
}
