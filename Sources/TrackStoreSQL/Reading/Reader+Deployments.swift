package import TrackDomain

package extension Reader {
  private static let select = "SELECT \(DeploymentRow.columns) FROM deployment d"
  private static let track = """
    d.component_key = (SELECT key FROM component WHERE id = ?1) AND d.track_id = ?2
    """
  private static let deploymentById = Query {
    """
    \(select) WHERE d.id = ?2
      AND \($0.compared("d.component_key")) = (SELECT key FROM component WHERE id = ?1)
    """
  }
  /// At most one row for each environment.
  private static func unfinished(_ index: String, _ condition: String) -> Query {
    Query { "\(select)\($0.indexed(by: index)) WHERE \(track) AND \(condition)" }
  }
  private static let queued = unfinished("deployment_queued", "d.state = 1")
  private static let inProgress = unfinished("deployment_in_progress", "d.state = 2")
  private static let queuedHere = unfinished(
    "deployment_queued", "d.state = 1 AND d.environment_id = ?3")
  private static let inProgressHere = unfinished(
    "deployment_in_progress", "d.state = 2 AND d.environment_id = ?3")
  private static let succeededOnce = Query {
    """
    SELECT 1 FROM deployment d\($0.indexed(by: "deployment_succeeded_image"))
    WHERE \(track) AND d.image_id = ?3 AND d.state = 3 LIMIT 1
    """
  }
  private static let bindingColumns = """
    SELECT environment_id, current_deployment_id, current_image_id, held_by,
      gitops_repository_url, gitops_branch, gitops_path
    FROM binding
    WHERE component_key = (SELECT key FROM component WHERE id = ?1) AND track_id = ?2
    """
  private static let allBindings = Query("\(bindingColumns) ORDER BY environment_id")
  private static let oneBinding = Query("\(bindingColumns) AND environment_id = ?3")
  private static let bindingsOfAll = Query {
    """
    SELECT b.environment_id, b.current_deployment_id, b.current_image_id, b.held_by,
      b.gitops_repository_url, b.gitops_branch, b.gitops_path, c.id, b.track_id
    FROM component c \($0.orderedJoin) binding b ON b.component_key = c.key
    WHERE c.id >= ?1 AND (c.id > ?1 OR b.track_id > ?2
      OR (b.track_id = ?2 AND b.environment_id > ?3))
    ORDER BY c.id, b.track_id, b.environment_id LIMIT ?4
    """
  }

  func deployment(componentId: String, id: String) throws(StoreError) -> Deployment? {
    let row = try statement(Self.deploymentById)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, id)
    guard try step(row) else { return nil }
    let deployment = try DeploymentRow.deployment(row, componentId: componentId)
    noteRead(deployment)
    return try withAttempts(deployment)
  }

  func unfinishedDeployments(
    componentId: String, trackId: String, environmentId: String?
  ) throws(StoreError) -> [Deployment] {
    let (inProgress, queued) =
      environmentId == nil
      ? (Self.inProgress, Self.queued) : (Self.inProgressHere, Self.queuedHere)
    func find(_ query: Query) throws(StoreError) -> [Deployment] {
      let row = try statement(query)
      defer { row.reset() }
      row.bind(1, componentId)
      row.bind(2, trackId)
      if let environmentId { row.bind(3, environmentId) }
      var found: [Deployment] = []
      while try step(row) {
        found.append(try DeploymentRow.deployment(row, componentId: componentId))
      }
      found.forEach(noteRead)
      return found
    }
    foresee { () throws(StoreError) in _ = try find(queued) }
    let deployments = try find(inProgress) + find(queued)
    return deployments.sorted { $0.sequence < $1.sequence }
  }

  /// Whether the image was ever deployed with success from the track.
  func wasDeployed(
    componentId: String, trackId: String, imageId: String
  ) throws(StoreError) -> Bool {
    let row = try statement(Self.succeededOnce)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, trackId)
    row.bind(3, imageId)
    return try step(row)
  }

  // MARK: Bindings

  func binding(
    componentId: String, trackId: String, environmentId: String
  ) throws(StoreError) -> EnvironmentBinding? {
    let row = try statement(Self.oneBinding)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, trackId)
    row.bind(3, environmentId)
    return try step(row) ? binding(row, componentId, trackId) : nil
  }

  func bindings(componentId: String, trackId: String) throws(StoreError) -> [EnvironmentBinding] {
    let row = try statement(Self.allBindings)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, trackId)
    var bindings: [EnvironmentBinding] = []
    while try step(row) { bindings.append(binding(row, componentId, trackId)) }
    return bindings
  }

  func bindings(after key: BindingKey?, limit: Int) throws(StoreError) -> [EnvironmentBinding] {
    let row = try statement(Self.bindingsOfAll)
    defer { row.reset() }
    row.bind(1, key?.componentId ?? "")
    row.bind(2, key?.trackId ?? "")
    row.bind(3, key?.environmentId ?? "")
    row.bind(4, limit)
    var bindings: [EnvironmentBinding] = []
    while try step(row) { bindings.append(binding(row, row.text(7), row.text(8))) }
    return bindings
  }

  private func binding(
    _ row: any Statement, _ componentId: String, _ trackId: String
  ) -> EnvironmentBinding {
    EnvironmentBinding(
      componentId: componentId, trackId: trackId, environmentId: row.text(0),
      currentDeploymentId: row.text(1), currentImageId: row.text(2), heldBy: row.text(3),
      place: row.isNull(4)
        ? nil
        : DeploymentPlace(
          repositoryURL: row.text(4), branch: row.text(5), path: row.text(6)))
  }
}
