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
  private static func forget(_ condition: String = "") -> Query {
    Query {
      """
      DELETE FROM image WHERE key IN (
        SELECT i.key FROM image i\($0.indexed(by: "image_disposable"))
        WHERE \(Reader.isDisposable($0))\(condition) ORDER BY i.kept_from LIMIT ?2)
      """
    }
  }
  private static let forgetOldImages = forget()
  private static let forgetOldImagesOf = forget(
    """
     AND i.component_key IN (
      SELECT key FROM component WHERE id IN (SELECT json_array_elements_text(?3)))
    """)

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
  ///
  /// - Parameter owners: the components to look at, where several write; nil: all.
  func forgetImages(
    keptBefore time: Int64, of owners: [String]? = nil, limit: Int
  ) throws(StoreError) -> Int {
    let row = try change(owners == nil ? Self.forgetOldImages : Self.forgetOldImagesOf)
    row.bind(1, time)
    row.bind(2, limit)
    // Ids have no characters that JSON writes otherwise.
    if let owners { row.bind(3, "[" + owners.map { "\"\($0)\"" }.joined(separator: ",") + "]") }
    return try run(row)
  }
}
