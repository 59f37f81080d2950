import TrackDomain

extension Reader {
  private static let select = """
    SELECT number, created_at, actor, actor_verified, endpoints, api_settings,
      environment_variables
    FROM config_revision
    WHERE component_key = (SELECT key FROM component WHERE id = ?1) AND track_id = ?2
    """
  private static let revisions = Query("\(select) AND number >= ?3 ORDER BY number LIMIT ?4")
  private static let revision = Query("\(select) AND number = ?3")

  func configRevisions(
    componentId: String, trackId: String, from number: Int32, limit: Int
  ) throws(StoreError) -> [ConfigRevision] {
    let row = try statement(Self.revisions)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, trackId)
    row.bind(3, Int64(number))
    row.bind(4, limit)
    var revisions: [ConfigRevision] = []
    while try step(row) { revisions.append(try configRevision(row, componentId, trackId)) }
    return revisions
  }

  func configRevision(
    componentId: String, trackId: String, number: Int32
  ) throws(StoreError) -> ConfigRevision? {
    let row = try statement(Self.revision)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, trackId)
    row.bind(3, Int64(number))
    return try step(row) ? try configRevision(row, componentId, trackId) : nil
  }

  private func configRevision(
    _ row: Statement, _ componentId: String, _ trackId: String
  ) throws(StoreError) -> ConfigRevision {
    do {
      return ConfigRevision(
        componentId: componentId, trackId: trackId, number: row.natural32(0),
        configs: TrackConfigs(
          endpoints: try Snapshot.endpoints(row.blob(4)),
          apiSettings: try Snapshot.apiSettings(row.blob(5)),
          environmentVariables: try Snapshot.environmentVariables(row.blob(6))),
        createdAt: row.time(1), actor: Actor(name: row.text(2), isVerified: row.bool(3)))
    } catch {
      throw .unreadable("configuration \(row.int(0)) of track \(trackId) of \(componentId)")
    }
  }
}
