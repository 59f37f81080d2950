package import TrackDomain

package extension Reader {
  /// How many deployments a page looks at, where no index has just those that are asked for.
  private static let mostExamined = 1000

  private static func history(_ index: String, _ condition: String) -> Query {
    Query {
      """
      SELECT \(DeploymentRow.columns) FROM deployment d\($0.indexed(by: index))
      WHERE d.component_key = (SELECT key FROM component WHERE id = ?1) AND d.track_id = ?2
        AND d.sequence < ?3\(condition)
      ORDER BY d.sequence DESC LIMIT ?4
      """
    }
  }

  private static let ofTrack = history("deployment_of_track", "")
  private static let ofEnvironment = history(
    "deployment_of_environment", " AND d.environment_id = ?5")
  private static let succeeded = history(
    "deployment_succeeded", " AND d.environment_id = ?5 AND d.state = 3")
  private static let succeededImage = history(
    "deployment_succeeded_image", " AND d.environment_id = ?5 AND d.image_id = ?6 AND d.state = 3")

  /// The narrowest walk that has all rows of the query; and whether it has no others.
  private static func walk(_ query: DeploymentQuery) -> (query: Query, isExact: Bool) {
    let (anyImage, anyState) = (query.imageId == nil, query.state == nil)
    if query.environmentId == nil { return (ofTrack, anyImage && anyState) }
    if query.state != .succeeded { return (ofEnvironment, anyImage && anyState) }
    return (anyImage ? succeeded : succeededImage, true)
  }

  func deployments(_ query: DeploymentQuery) throws(StoreError) -> DeploymentPage {
    let walk = Self.walk(query)
    let row = try statement(walk.query)
    defer { row.reset() }
    row.bind(1, query.componentId)
    row.bind(2, query.trackId)
    row.bind(3, query.before ?? Int64.max)
    // One more than is looked at tells whether there is more.
    row.bind(4, (walk.isExact ? 0 : Self.mostExamined) + query.limit + 1)
    if let environmentId = query.environmentId { row.bind(5, environmentId) }
    if walk.query.slot == Self.succeededImage.slot, let imageId = query.imageId {
      row.bind(6, imageId)
    }

    var page = DeploymentPage(deployments: [], next: nil)
    page.deployments.reserveCapacity(min(query.limit, 128))
    var examined = 0
    var last: Int64?
    while try step(row) {
      if page.deployments.count == query.limit || examined >= Self.mostExamined + query.limit {
        page.next = last
        break
      }
      examined += 1
      let deployment = try DeploymentRow.deployment(row, componentId: query.componentId)
      last = deployment.sequence
      if query.selects(deployment) { page.deployments.append(try withAttempts(deployment)) }
    }
    return page
  }
}

package extension DeploymentQuery {
  fileprivate func selects(_ deployment: Deployment) -> Bool {
    (imageId == nil || deployment.imageId == imageId)
      && (state == nil || deployment.state == state)
  }
}
