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
  /// What refers to ?1, at most ?2, in the same order on every database: kind, id, component, and the
  /// two numbers of a version (-1 for none); then what they are in the order of.
  var uses: Query
  /// Deletes ?1.
  var delete: Query

  /// - Parameters:
  ///   - columns: as `CatalogRow` reads them, the id first; the table is `c`.
  ///   - parent: the column with the id of the parent.
  ///   - uses: the queries that find what refers to ?1.
  init(table: String, columns: String, parent: String?, uses: [Use]) {
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
    self.uses = Query { dialect in
      let parts = uses.enumerated().map { part, use in
        // Along an index, so that few of many rows are looked at.
        """
        SELECT * FROM (
          SELECT \(use.columns), \(part) AS part, \(use.order.map { "\($0.key) AS \($0.name)" }
            .joined(separator: ", "))
          FROM \(use.rows(dialect)) ORDER BY \(use.keys) LIMIT ?2) AS found
        """
      }
      let all = parts.joined(separator: " UNION ALL ")
      switch dialect {
      // One part comes behind the other.
      case .sqlite: return "\(all) LIMIT ?2"
      case .postgreSQL: return "\(all) ORDER BY part, number, place, name LIMIT ?2"
      }
    }
    delete = Query("DELETE FROM \(table) WHERE id = ?1")
  }

  /// A kind of rows that refer to a resource.
  struct Use: Sendable {
    /// Kind, id, component, and the two numbers of a version.
    var columns: String
    /// FROM and WHERE; the resource is ?1.
    var rows: @Sendable (SQLDialect) -> String
    /// What the rows are in the order of: a number and two texts.
    var number = "0"
    var place = "''"
    var name = "''"

    /// Of what needs nothing but an id to be named.
    static func plain(_ kind: ResourceUse.Kind, _ id: String, _ rows: String) -> Use {
      Use(columns: "\(kind.rawValue), \(id), '', -1, -1", rows: { _ in rows }, name: id)
    }

    /// Those that are columns.
    fileprivate var keys: String {
      order.map(\.key).filter { $0 != "0" && $0 != "''" }.joined(separator: ", ")
    }

    fileprivate var order: [(key: String, name: String)] {
      [(number, "number"), (place, "place"), (name, "name")]
    }
  }

  static let organization = CatalogQueries(
    table: "organization", columns: "c.id, c.tier", parent: nil,
    uses: [.plain(.project, "id", "project WHERE organization_id = ?1")])
  static let project = CatalogQueries(
    table: "project", columns: "c.id, c.organization_id", parent: "c.organization_id",
    uses: [
      .plain(.component, "id", "component WHERE project_id = ?1"),
      .plain(.environment, "id", "environment WHERE project_id = ?1"),
      .plain(.deploymentPipeline, "id", "deployment_pipeline WHERE project_id = ?1"),
    ])
  static let component = CatalogQueries(
    table: "component", columns: CatalogRow.componentColumns, parent: "c.project_id",
    uses: [
      Use(
        columns: "\(ResourceUse.Kind.track.rawValue), id, ?1, major, minor",
        rows: { _ in "track WHERE component_key = (SELECT key FROM component WHERE id = ?1)" },
        name: "id"),
      Use(
        columns: "\(ResourceUse.Kind.image.rawValue), id, ?1, -1, -1",
        rows: { _ in "image WHERE component_key = (SELECT key FROM component WHERE id = ?1)" },
        place: "saved_track_id", name: "run_id"),
    ])
  static let environment = CatalogQueries(
    table: "environment",
    columns: """
      c.id, c.project_id, c.name, c.gitops_repository_url, c.gitops_branch, c.gitops_path
      """,
    parent: "c.project_id",
    uses: [
      .plain(.deploymentPipeline, "pipeline_id", "pipeline_environment WHERE environment_id = ?1"),
      Use(
        columns: "\(ResourceUse.Kind.track.rawValue), b.track_id, c.id, t.major, t.minor",
        rows: { dialect in
          """
          binding b \(dialect.orderedJoin) component c ON c.key = b.component_key
            \(dialect.orderedJoin) track t ON t.component_key = b.component_key
              AND t.id = b.track_id
          WHERE b.environment_id = ?1
          """
        },
        number: "b.component_key", name: "b.track_id"),
      Use(
        columns: "\(ResourceUse.Kind.deployment.rawValue), d.id, c.id, -1, -1",
        rows: { dialect in
          """
          deployment d \(dialect.orderedJoin) component c ON c.key = d.component_key
          WHERE d.environment_id = ?1 AND d.state <= 2
          """
        },
        number: "d.sequence"),
    ])
  static let deploymentPipeline = CatalogQueries(
    table: "deployment_pipeline", columns: "c.id, c.project_id", parent: "c.project_id",
    uses: [.plain(.component, "id", "component WHERE default_pipeline_id = ?1")])
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
