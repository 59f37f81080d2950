import TrackDomain

/// The statements about one type of catalog resources.
struct CatalogQueries: Sendable {
  /// ?1 is the id.
  var one: Query
  /// Ids after ?1, at most ?2.
  var all: Query
  /// Ids after ?1, at most ?2, of parent ?3.
  var ofParent: Query
  /// Ids after ?1, at most ?2, of those in the JSON array ?4; of parent ?3, unless that is NULL.
  var listed: Query
  /// What refers to ?1, at most ?2: kind, id, component, and the two numbers of a version (-1 for
  /// none).
  var uses: Query
  /// Deletes ?1.
  var delete: Query

  /// - Parameters:
  ///   - columns: as `CatalogRow` reads them, the id first; the table is `c`.
  ///   - parent: the column with the id of the parent.
  ///   - uses: the queries that find what refers to ?1.
  init(table: String, columns: String, parent: String?, uses: [String]) {
    let select = "SELECT \(columns) FROM \(table) c WHERE"
    one = Query("\(select) c.id = ?1")
    all = Query("\(select) c.id > ?1 ORDER BY c.id LIMIT ?2")
    ofParent = Query("\(select) c.id > ?1 AND \(parent ?? "NULL") = ?3 ORDER BY c.id LIMIT ?2")
    listed = Query { dialect in
      let ids =
        switch dialect {
        case .sqlite: "json_each(?4) ids"
        case .postgreSQL: "json_array_elements_text(?4) AS ids (value)"
        }
      return """
        SELECT \(columns) FROM \(ids) \(dialect.orderedJoin) \(table) c ON c.id = ids.value
        WHERE c.id > ?1 AND (\(parent ?? "NULL") = ?3 OR ?3 IS NULL) ORDER BY c.id LIMIT ?2
        """
    }
    self.uses = Query(uses.joined(separator: " UNION ALL ") + " LIMIT ?2")
    delete = Query("DELETE FROM \(table) WHERE id = ?1")
  }

  static let organization = CatalogQueries(
    table: "organization", columns: "c.id, c.tier", parent: nil,
    uses: [plain(.project, "id", "project WHERE organization_id = ?1")])
  static let project = CatalogQueries(
    table: "project", columns: "c.id, c.organization_id", parent: "c.organization_id",
    uses: [
      plain(.component, "id", "component WHERE project_id = ?1"),
      plain(.environment, "id", "environment WHERE project_id = ?1"),
      plain(.deploymentPipeline, "id", "deployment_pipeline WHERE project_id = ?1"),
    ])
  static let component = CatalogQueries(
    table: "component", columns: CatalogRow.componentColumns, parent: "c.project_id",
    uses: [
      """
      SELECT \(ResourceUse.Kind.track.rawValue), id, ?1, major, minor
      FROM track WHERE component_key = (SELECT key FROM component WHERE id = ?1)
      """,
      """
      SELECT \(ResourceUse.Kind.image.rawValue), id, ?1, -1, -1
      FROM image WHERE component_key = (SELECT key FROM component WHERE id = ?1)
      """,
    ])
  static let environment = CatalogQueries(
    table: "environment",
    columns: """
      c.id, c.project_id, c.name, c.gitops_repository_url, c.gitops_branch, c.gitops_path
      """,
    parent: "c.project_id",
    uses: [
      plain(.deploymentPipeline, "pipeline_id", "pipeline_environment WHERE environment_id = ?1"),
      """
      SELECT \(ResourceUse.Kind.track.rawValue), b.track_id, c.id, t.major, t.minor
      FROM binding b JOIN component c ON c.key = b.component_key
        JOIN track t ON t.component_key = b.component_key AND t.id = b.track_id
      WHERE b.environment_id = ?1
      """,
      """
      SELECT \(ResourceUse.Kind.deployment.rawValue), d.id, c.id, -1, -1
      FROM deployment d JOIN component c ON c.key = d.component_key
      WHERE d.environment_id = ?1 AND d.state <= 2
      """,
    ])
  static let deploymentPipeline = CatalogQueries(
    table: "deployment_pipeline", columns: "c.id, c.project_id", parent: "c.project_id",
    uses: [plain(.component, "id", "component WHERE default_pipeline_id = ?1")])

  /// - Parameter rows: FROM and WHERE of what needs nothing but an id to be named.
  private static func plain(_ kind: ResourceUse.Kind, _ id: String, _ rows: String) -> String {
    "SELECT \(kind.rawValue), \(id), '', -1, -1 FROM \(rows)"
  }
}

extension CatalogKind {
  var queries: CatalogQueries {
    switch self {
    case .organization: .organization
    case .project: .project
    case .component: .component
    case .environment: .environment
    case .deploymentPipeline: .deploymentPipeline
    }
  }
}
