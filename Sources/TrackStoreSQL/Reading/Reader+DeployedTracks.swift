package import TrackDomain

/// A track and what is active of it: one statement for a track without anything active, two for
/// every other, however many environments it is active in.
package extension Reader {
  private static let trackById = Query(
    """
    SELECT \(TrackRow.columnsOfKnown), c.latest_track_id = ?2, EXISTS (
      SELECT 1 FROM binding b WHERE b.component_key = c.key AND b.track_id = t.id
        AND b.current_deployment_id IS NOT NULL)
    FROM component c JOIN track t ON t.component_key = c.key WHERE c.id = ?1 AND t.id = ?2
    """)
  private static let activeOfTrack = Query {
    """
    SELECT \(DeploymentRow.columns), \(ImageRow.columns), r.number, r.endpoints, r.api_settings,
      b.gitops_repository_url, \(CatalogRow.componentColumns)
    FROM component c
      \($0.orderedJoin) binding b ON b.component_key = c.key AND b.track_id = ?2
      \($0.orderedJoin) deployment d
        ON d.id = b.current_deployment_id AND d.component_key = b.component_key
      LEFT JOIN image i ON i.id = d.image_id AND i.component_key = d.component_key
      LEFT JOIN config_revision r ON r.component_key = d.component_key
        AND r.track_id = d.track_id AND r.number = d.config_revision
    WHERE c.id = ?1 ORDER BY b.environment_id LIMIT ?3
    """
  }
  private static let image = DeploymentRow.end
  private static let configs = image + ImageRow.count
  private static let place = configs + 3
  private static let component = place + 1

  func deployedTrack(
    componentId: String, id: String, limit: Int
  ) throws(StoreError) -> TrackWithActive? {
    let row = try statement(Self.trackById)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, id)
    guard try step(row) else { return nil }
    var found = TrackWithActive(
      try TrackRow.track(
        row, id: id, componentId: componentId, isLatest: row.bool(TrackRow.end),
        endpoints: try TrackRow.endpoints(row)))
    if row.int(TrackRow.end + 1) != 0 { try readActive(of: &found, limit: limit) }
    return found
  }

  private func readActive(of found: inout TrackWithActive, limit: Int) throws(StoreError) {
    let componentId = found.track.componentId
    let row = try statement(Self.activeOfTrack)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, found.track.id)
    row.bind(3, limit)
    while try step(row) {
      if found.active.isEmpty {
        found.component = CatalogRow.component(row, from: Self.component)
        if found.component == nil { throw .unreadable("component \(componentId)") }
      }
      found.active.append(try active(row, componentId))
    }
  }

  private func active(
    _ row: any Statement, _ componentId: String
  ) throws(StoreError) -> TrackWithActive.Active {
    let deployment = try DeploymentRow.deployment(row, componentId: componentId)
    return TrackWithActive.Active(
      deployment: deployment, hasPlace: !row.isNull(Self.place),
      image: row.isNull(Self.image)
        ? nil : try ImageRow.image(row, from: Self.image, componentId: componentId),
      configs: try configs(of: deployment, row))
  }

  private func configs(
    of deployment: Deployment, _ row: any Statement
  ) throws(StoreError) -> TrackConfigs? {
    if deployment.configRevision == 0 { return TrackConfigs() }
    if row.isNull(Self.configs) { return nil }
    do {
      return TrackConfigs(
        endpoints: try Snapshot.endpoints(row.blob(Self.configs + 1)),
        apiSettings: try Snapshot.apiSettings(row.blob(Self.configs + 2)))
    } catch {
      throw .unreadable("the configuration of deployment \(deployment.id)")
    }
  }
}
