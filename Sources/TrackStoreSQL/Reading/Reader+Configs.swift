package import TrackDomain

package extension Reader {
  private static let track = """
    component_key = (SELECT key FROM component WHERE id = ?1) AND track_id = ?2
    """
  private static let select = """
    SELECT number, created_at, actor, actor_verified, endpoints, api_settings,
      environment_variables, on_behalf_of
    FROM config_revision WHERE \(track)
    """
  private static let revisions = Query(
    "\(select) AND number < ?3 ORDER BY number DESC LIMIT ?4")
  private static let revision = Query("\(select) AND number = ?3")

  func configRevisions(_ query: ConfigRevisionQuery) throws(StoreError) -> ConfigRevisionPage {
    let row = try statement(Self.revisions)
    defer { row.reset() }
    row.bind(1, query.componentId)
    row.bind(2, query.trackId)
    row.bind(3, query.before ?? .max)
    row.bind(4, query.limit + 1)
    var revisions: [ConfigRevision] = []
    var bytes = 0
    // Two at least: one for the page, and the one before it.
    while bytes < query.maximumBytes || revisions.count < 2, try step(row) {
      let (revision, count) = try configRevision(row, query.componentId, query.trackId)
      revisions.append(revision)
      bytes += count
    }
    let isEnd = revisions.count <= query.limit && bytes < query.maximumBytes
    let hasMore = revisions.count > 1 && !isEnd
    let predecessor = hasMore ? revisions.removeLast() : nil
    return ConfigRevisionPage(revisions: revisions, predecessor: predecessor)
  }

  func configRevision(
    componentId: String, trackId: String, number: Int32
  ) throws(StoreError) -> ConfigRevision? {
    let row = try statement(Self.revision)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, trackId)
    row.bind(3, Int64(number))
    return try step(row) ? try configRevision(row, componentId, trackId).revision : nil
  }

  /// - Returns: with the bytes that it takes in the store.
  private func configRevision(
    _ row: any Statement, _ componentId: String, _ trackId: String
  ) throws(StoreError) -> (revision: ConfigRevision, bytes: Int) {
    let (endpoints, settings, variables) = (row.blob(4), row.blob(5), row.blob(6))
    do {
      let revision = ConfigRevision(
        componentId: componentId, trackId: trackId, number: row.natural32(0),
        configs: TrackConfigs(
          endpoints: try Snapshot.endpoints(endpoints),
          apiSettings: try Snapshot.apiSettings(settings),
          environmentVariables: try Snapshot.environmentVariables(variables)),
        createdAt: row.time(1),
        actor: Principal(
          name: row.text(2), isVerified: row.bool(3), onBehalfOf: row.text(7)))
      return (revision, endpoints.count + settings.count + variables.count)
    } catch {
      throw .unreadable("configuration \(row.int(0)) of track \(trackId) of \(componentId)")
    }
  }
}
