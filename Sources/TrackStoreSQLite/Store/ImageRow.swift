import TrackDomain

/// The columns of an image as every query about images selects them.
enum ImageRow {
  static let columns = """
    i.id, i.track_id, i.saved_track_id, i.run_id, i.commit_hash, i.is_superseded, i.created_at, \
    i.updated_at, i.details
    """

  static func image(_ row: Statement, componentId: String) throws(StoreError) -> TrackImage {
    var image = TrackImage(
      id: row.text(0), componentId: componentId, trackId: row.text(1), savedTrackId: row.text(2),
      images: [], commitHash: row.text(4), runId: row.text(3), isSuperseded: row.bool(5),
      createdAt: row.time(6), updatedAt: row.time(7))
    do {
      try Snapshot.decodeDetails(row.blob(8), of: &image)
    } catch {
      throw .unreadable("image \(image.id)")
    }
    try row.check("image \(image.id)")
    return image
  }
}
