import TrackDomain

/// Catalog resources out of rows; nil for a row that holds what the schema does not allow.
enum CatalogRow {
  static let componentColumns = """
    c.id, c.project_id, c.type, c.image_source, c.repository_url, c.source_path, \
    c.image_registry, c.image, c.auto_build_on_commit, c.default_pipeline_id
    """
  /// The number of the first column after those.
  static let componentEnd: Int32 = 10

  /// A pipeline comes without its environments.
  static func resource(_ kind: CatalogKind, _ row: any Statement) -> CatalogResource? {
    switch kind {
    case .organization:
      OrganizationTier(rawValue: row.byte(1)).map {
        .organization(Organization(id: row.text(0), tier: $0))
      }
    case .project:
      .project(Project(id: row.text(0), organizationId: row.text(1)))
    case .component:
      component(row).map { .component($0) }
    case .environment:
      .environment(
        Environment(
          id: row.text(0), projectId: row.text(1), name: row.text(2),
          gitopsRepositoryURL: row.text(3), gitopsBranch: row.text(4), gitopsPath: row.text(5)))
    case .deploymentPipeline:
      .deploymentPipeline(
        DeploymentPipeline(id: row.text(0), projectId: row.text(1), environmentIds: []))
    }
  }

  /// - Parameter first: the number of the first of the component's columns.
  static func component(_ row: any Statement, from first: Int32 = 0) -> Component? {
    guard let type = ComponentType(rawValue: row.byte(first + 2)),
      let source = ImageSource(rawValue: row.byte(first + 3))
    else { return nil }
    return Component(
      id: row.text(first), projectId: row.text(first + 1), type: type, imageSource: source,
      repositoryURL: row.text(first + 4), sourcePath: row.text(first + 5),
      imageRegistry: row.text(first + 6), image: row.text(first + 7),
      autoBuildOnCommit: row.isNull(first + 8) ? nil : row.bool(first + 8),
      defaultPipelineId: row.text(first + 9))
  }
}
