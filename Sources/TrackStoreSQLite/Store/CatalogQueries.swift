import TrackDomain

/// The statements about one type of catalog resources.
struct CatalogQueries: Sendable {
  /// ?1 is the id.
  var one: Query
  /// Ids after ?1, at most ?2.
  var all: Query
  /// Ids after ?1, at most ?2, of parent ?3.
  var ofParent: Query
  /// Whether something refers to ?1.
  var isInUse: Query
  /// Deletes ?1.
  var delete: Query

  /// - Parameters:
  ///   - columns: as `CatalogRow` reads them, the id first; the table is `c`.
  ///   - parent: the column with the id of the parent.
  ///   - uses: FROM and WHERE of the queries that find what refers to ?1.
  init(table: String, columns: String, parent: String?, uses: [String]) {
    let select = "SELECT \(columns) FROM \(table) c WHERE"
    one = Query("\(select) c.id = ?1")
    all = Query("\(select) c.id > ?1 ORDER BY c.id LIMIT ?2")
    ofParent = Query("\(select) c.id > ?1 AND \(parent ?? "NULL") = ?3 ORDER BY c.id LIMIT ?2")
    let exists = uses.map { "EXISTS (SELECT 1 FROM \($0))" }.joined(separator: " OR ")
    isInUse = Query("SELECT \(exists)")
    delete = Query("DELETE FROM \(table) WHERE id = ?1")
  }

  static let organization = CatalogQueries(
    table: "organization", columns: "c.id, c.tier", parent: nil,
    uses: ["project WHERE organization_id = ?1"])
  static let project = CatalogQueries(
    table: "project", columns: "c.id, c.organization_id", parent: "c.organization_id",
    uses: [
      "component WHERE project_id = ?1", "environment WHERE project_id = ?1",
      "deployment_pipeline WHERE project_id = ?1",
    ])
  static let component = CatalogQueries(
    table: "component", columns: CatalogRow.componentColumns, parent: "c.project_id",
    uses: [
      "track WHERE component_key = (SELECT key FROM component WHERE id = ?1)",
      "image WHERE component_key = (SELECT key FROM component WHERE id = ?1)",
    ])
  static let environment = CatalogQueries(
    table: "environment",
    columns: """
      c.id, c.project_id, c.name, c.gitops_repository_url, c.gitops_branch, c.gitops_path
      """,
    parent: "c.project_id",
    uses: [
      "pipeline_environment WHERE environment_id = ?1", "binding WHERE environment_id = ?1",
      "deployment WHERE environment_id = ?1 AND state <= 2",
    ])
  static let deploymentPipeline = CatalogQueries(
    table: "deployment_pipeline", columns: "c.id, c.project_id", parent: "c.project_id",
    uses: ["component WHERE default_pipeline_id = ?1"])
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
