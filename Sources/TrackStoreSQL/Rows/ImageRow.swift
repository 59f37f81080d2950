import TrackDomain

/// The columns of an image as every query about images selects them.
enum ImageRow {
  static let columns = """
    i.id, i.track_id, i.saved_track_id, i.run_id, i.commit_hash, i.is_superseded, i.created_at, \
    i.updated_at, i.details
    """
  static let count: Int32 = 9

  /// - Parameter first: the number of the first of the columns.
  static func image(
    _ row: any Statement, from first: Int32 = 0, componentId: String
  ) throws(StoreError) -> TrackImage {
    var image = TrackImage(
      id: row.text(first), componentId: componentId, trackId: row.text(first + 1),
      savedTrackId: row.text(first + 2), images: [], commitHash: row.text(first + 4),
      runId: row.text(first + 3), isSuperseded: row.bool(first + 5),
      createdAt: row.time(first + 6), updatedAt: row.time(first + 7))
    do {
      try Snapshot.decodeDetails(row.blob(first + 8), of: &image)
    } catch {
      throw .unreadable("image \(image.id)")
    }
    try row.check("image \(image.id)")
    return image
  }
}
