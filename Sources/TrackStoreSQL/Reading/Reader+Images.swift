package import TrackDomain

package extension Reader {
  private static let select = """
    SELECT \(ImageRow.columns) FROM image i
    WHERE i.component_key = (SELECT key FROM component WHERE id = ?1)
    """
  private static let imageById = Query("\(select) AND i.id = ?2")
  private static let imageByRun = Query("\(select) AND i.saved_track_id = ?2 AND i.run_id = ?3")
  private static let imagePage = Query(
    """
    \(select) AND i.track_id = ?2 AND (i.created_at, i.id) < (?3, ?4)
    ORDER BY i.created_at DESC, i.id DESC LIMIT ?5
    """)
  private static let unversioned = Query(
    "\(select) AND i.track_id IS NULL ORDER BY i.created_at, i.id LIMIT ?2")
  private static let ofCommit = Query(
    """
    \(select) AND i.track_id = ?2 AND i.commit_hash = ?3 AND i.commit_hash <> ''
      AND i.is_superseded = 0
    ORDER BY i.created_at, i.id LIMIT ?4
    """)

  /// Whether `i` is an image that was superseded before ?1, never was deployed with success, and is
  /// not about to be: what is on its way keeps its image, and so does a binding. Few rows are passed
  /// over for that.
  static func isDisposable(_ dialect: SQLDialect) -> String {
    """
    i.is_superseded = 1 AND i.was_deployed = 0 AND i.kept_from < ?1
      AND NOT EXISTS (SELECT 1 FROM binding WHERE current_image_id = i.id)
      AND NOT EXISTS (SELECT 1 FROM deployment d\(dialect.indexed(by: "deployment_queued"))
        WHERE d.component_key = i.component_key AND d.track_id = i.track_id AND d.state = 1
          AND d.image_id = i.id)
      AND NOT EXISTS (SELECT 1 FROM deployment d\(dialect.indexed(by: "deployment_in_progress"))
        WHERE d.component_key = i.component_key AND d.track_id = i.track_id AND d.state = 2
          AND d.image_id = i.id)
    """
  }

  private static let disposable = Query {
    """
    SELECT DISTINCT c.id FROM (
      SELECT i.component_key FROM image i WHERE \(isDisposable($0)) ORDER BY i.kept_from LIMIT ?2)
      AS found JOIN component c ON c.key = found.component_key
    """
  }

  /// The components of the images that `Transaction.forgetImages` would drop.
  func ownersOfDisposableImages(
    keptBefore time: Int64, limit: Int
  ) throws(StoreError) -> [String] {
    let row = try statement(Self.disposable)
    defer { row.reset() }
    row.bind(1, time)
    row.bind(2, limit)
    var owners: [String] = []
    while try step(row) { owners.append(row.text(0)) }
    return owners
  }

  func image(componentId: String, id: String) throws(StoreError) -> TrackImage? {
    let row = try statement(Self.imageById)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, id)
    return try step(row) ? try ImageRow.image(row, componentId: componentId) : nil
  }

  /// The image that was saved under that run for that track ("" is an unversioned save), or nil.
  func image(
    componentId: String, savedTrackId: String, runId: String
  ) throws(StoreError) -> TrackImage? {
    let row = try statement(Self.imageByRun)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, savedTrackId)
    row.bind(3, runId)
    return try step(row) ? try ImageRow.image(row, componentId: componentId) : nil
  }

  func images(_ query: ImageQuery) throws(StoreError) -> ImagePage {
    let (componentId, trackId) = (query.componentId, query.trackId)
    var page = ImagePage(images: [], next: nil)
    guard let component = try component(componentId)?.component else { return page }
    page.component = component
    try readImages(query, &page)
    page.hasTrack = !page.images.isEmpty
    if !page.hasTrack { page.hasTrack = try track(componentId: componentId, id: trackId) != nil }
    page.bindings = try bindings(componentId: componentId, trackId: trackId)
    page.hasUnversioned = try !unversionedImages(componentId: componentId, limit: 1).isEmpty
    return page
  }

  private func readImages(_ query: ImageQuery, _ page: inout ImagePage) throws(StoreError) {
    let row = try statement(Self.imagePage)
    defer { row.reset() }
    row.bind(1, query.componentId)
    row.bind(2, query.trackId)
    row.bind(3, query.after?.createdAt.microseconds ?? Int64.max)
    row.bind(4, query.after?.id ?? "")
    row.bind(5, query.limit + 1)
    page.images.reserveCapacity(min(query.limit, 128))
    while try step(row) {
      if page.images.count == query.limit {
        page.next = page.images.last.map { ImageKey(createdAt: $0.createdAt, id: $0.id) }
        break
      }
      page.images.append(try ImageRow.image(row, componentId: query.componentId))
    }
  }

  func unversionedImages(componentId: String, limit: Int) throws(StoreError) -> [TrackImage] {
    let row = try statement(Self.unversioned)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, limit)
    return try images(row, componentId)
  }

  func currentImages(
    componentId: String, trackId: String, commitHash: String, limit: Int
  ) throws(StoreError) -> [TrackImage] {
    let row = try statement(Self.ofCommit)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, trackId)
    row.bind(3, commitHash)
    row.bind(4, limit)
    return try images(row, componentId)
  }

  private func images(_ row: any Statement, _ componentId: String) throws(StoreError)
    -> [TrackImage]
  {
    var images: [TrackImage] = []
    while try step(row) { images.append(try ImageRow.image(row, componentId: componentId)) }
    return images
  }
}
