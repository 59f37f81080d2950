package import TrackDomain

package extension Transaction {
  private static let insert = Query(
    """
    INSERT INTO track (component_key, id, major, minor, auto_deploy_enabled, config_revision,
      revision, created_at, updated_at, branch, created_by, endpoints, description)
    SELECT key, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 FROM component WHERE id = ?1
    """)
  private static let update = Query(
    """
    UPDATE track SET branch = ?3, description = ?4, auto_deploy_enabled = ?5, config_revision = ?6,
      revision = ?7, updated_at = ?8
    WHERE component_key = (SELECT key FROM component WHERE id = ?1) AND id = ?2
    """)
  private static let updateEndpoints = Query(
    """
    UPDATE track SET endpoints = ?3
    WHERE component_key = (SELECT key FROM component WHERE id = ?1) AND id = ?2
    """)
  private static let delete = Query(
    "DELETE FROM track WHERE component_key = (SELECT key FROM component WHERE id = ?1) AND id = ?2")
  private static let deleteEndpoints = Query(
    """
    DELETE FROM endpoint
    WHERE component_key = (SELECT key FROM component WHERE id = ?1) AND track_id = ?2
    """)
  private static let insertEndpoint = Query(
    """
    INSERT INTO endpoint (component_key, track_id, name, type, port, visibilities, origin,
      display_name, base_path, schema_file_path)
    SELECT key, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM component WHERE id = ?1
    """)
  private static let setLatest = Query("UPDATE component SET latest_track_id = ?2 WHERE id = ?1")
  private static let insertRevision = Query(
    """
    INSERT INTO config_revision (component_key, track_id, number, created_at, actor,
      actor_verified, endpoints, api_settings, environment_variables, on_behalf_of)
    SELECT key, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM component WHERE id = ?1
    """)

  func insertTrack(_ track: Track) throws(StoreError) {
    let row = try change(Self.insert, of: track.componentId)
    row.bind(1, track.componentId)
    row.bind(2, track.id)
    row.bind(3, Int64(track.version?.major ?? -1))
    row.bind(4, Int64(track.version?.minor ?? -1))
    row.bind(5, track.autoDeployEnabled)
    row.bind(6, Int64(track.configRevision))
    row.bind(7, track.revision)
    row.bind(8, track.createdAt.microseconds)
    row.bind(9, track.updatedAt.microseconds)
    row.bind(10, track.branch)
    row.bind(11, track.createdBy)
    row.bind(12, Snapshot.encode(track.endpoints))
    row.bind(13, track.description)
    try send(row, changing: "component \(track.componentId)")
    // The first one is the latest.
    forget(component: track.componentId)
    try insertEndpoints(of: track)
  }

  func updateTrack(_ track: Track) throws(StoreError) {
    let row = try change(Self.update, of: track.componentId)
    row.bind(1, track.componentId)
    row.bind(2, track.id)
    row.bind(3, track.branch)
    row.bind(4, track.description)
    row.bind(5, track.autoDeployEnabled)
    row.bind(6, Int64(track.configRevision))
    row.bind(7, track.revision)
    row.bind(8, track.updatedAt.microseconds)
    try send(row, changing: "track \(track.id) of \(track.componentId)")
  }

  func replaceEndpoints(of track: Track) throws(StoreError) {
    let row = try change(Self.updateEndpoints, of: track.componentId)
    row.bind(1, track.componentId)
    row.bind(2, track.id)
    row.bind(3, Snapshot.encode(track.endpoints))
    try send(row, changing: "track \(track.id) of \(track.componentId)")
    let old = try change(Self.deleteEndpoints)
    old.bind(1, track.componentId)
    old.bind(2, track.id)
    try send(old)
    try insertEndpoints(of: track)
  }

  private func insertEndpoints(of track: Track) throws(StoreError) {
    for endpoint in track.endpoints {
      let row = try change(Self.insertEndpoint)
      row.bind(1, track.componentId)
      row.bind(2, track.id)
      row.bind(3, endpoint.name)
      row.bind(4, Int64(endpoint.type.rawValue))
      row.bind(5, Int64(endpoint.port))
      row.bind(6, endpoint.visibilities.reduce(0) { $0 | 1 << (Int64($1.rawValue) - 1) } as Int64)
      row.bind(7, Int64(endpoint.origin.rawValue))
      row.bind(8, endpoint.displayName)
      row.bind(9, endpoint.basePath)
      row.bind(10, endpoint.schemaFilePath)
      try send(row)
    }
  }

  /// Endpoints, configurations and operations go with the row, by the schema; other rows of the
  /// track must be gone (`purgeTrack`).
  func deleteTrack(componentId: String, id: String) throws(StoreError) {
    let row = try change(Self.delete, of: componentId)
    row.bind(1, componentId)
    row.bind(2, id)
    try send(row, changing: "track \(id) of \(componentId)")
  }

  func setLatestTrack(componentId: String, trackId: String) throws(StoreError) {
    let row = try change(Self.setLatest, of: componentId)
    row.bind(1, componentId)
    row.bind(2, trackId)
    forget(component: componentId)
    try send(row, changing: "component \(componentId)")
  }

  func insertConfigRevision(_ revision: ConfigRevision) throws(StoreError) {
    let row = try change(Self.insertRevision, of: revision.componentId)
    row.bind(1, revision.componentId)
    row.bind(2, revision.trackId)
    row.bind(3, Int64(revision.number))
    row.bind(4, revision.createdAt.microseconds)
    row.bind(5, revision.actor.name)
    row.bind(6, revision.actor.isVerified)
    row.bind(7, Snapshot.encode(revision.configs.endpoints))
    row.bind(8, Snapshot.encode(revision.configs.apiSettings))
    row.bind(9, Snapshot.encode(revision.configs.environmentVariables))
    row.bind(10, revision.actor.onBehalfOf)
    try send(row, changing: "component \(revision.componentId)")
  }
}
