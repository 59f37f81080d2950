package import TrackDomain

package extension Transaction {
  private static let putOrganization = Query(
    """
    INSERT INTO organization (id, tier) VALUES (?1, ?2)
    ON CONFLICT (id) DO UPDATE SET tier = excluded.tier
    """)
  private static let putProject = Query(
    """
    INSERT INTO project (id, organization_id) VALUES (?1, ?2)
    ON CONFLICT (id) DO UPDATE SET organization_id = excluded.organization_id
    """)
  private static let putComponent = Query { dialect in
    let key =
      switch dialect {
      case .sqlite: "(SELECT coalesce(max(key), 0) + 1 FROM component)"
      case .postgreSQL: "nextval('component_key')"
      }
    return """
      INSERT INTO component (id, key, project_id, type, image_source, auto_build_on_commit,
        default_pipeline_id, repository_url, source_path, image_registry, image)
      VALUES (?1, \(key), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
      ON CONFLICT (id) DO UPDATE SET project_id = excluded.project_id, type = excluded.type,
        image_source = excluded.image_source, auto_build_on_commit = excluded.auto_build_on_commit,
        default_pipeline_id = excluded.default_pipeline_id,
        repository_url = excluded.repository_url, source_path = excluded.source_path,
        image_registry = excluded.image_registry, image = excluded.image
      """
  }
  // The project is set where it changes, and not otherwise: it is in a key, and where it is set, be it
  // to what it is, PostgreSQL locks the row against all that refer to it.
  private static let putEnvironment = Query(
    """
    INSERT INTO environment (id, project_id, name, gitops_repository_url, gitops_branch,
      gitops_path, gitops_key, gitops_folder)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name,
      gitops_repository_url = excluded.gitops_repository_url,
      gitops_branch = excluded.gitops_branch, gitops_path = excluded.gitops_path,
      gitops_key = excluded.gitops_key, gitops_folder = excluded.gitops_folder
    """)
  private static let putPipeline = Query(
    """
    INSERT INTO deployment_pipeline (id, project_id) VALUES (?1, ?2)
    ON CONFLICT (id) DO NOTHING
    """)
  private static let moveEnvironment = Query(
    "UPDATE environment SET project_id = ?2 WHERE id = ?1 AND project_id <> ?2")
  private static let movePipeline = Query(
    "UPDATE deployment_pipeline SET project_id = ?2 WHERE id = ?1 AND project_id <> ?2")
  private static let clearPipeline = Query(
    "DELETE FROM pipeline_environment WHERE pipeline_id = ?1")
  private static let extendPipeline = Query(
    """
    INSERT INTO pipeline_environment (pipeline_id, position, project_id, environment_id)
    VALUES (?1, ?2, ?3, ?4)
    """)

  func putCatalogResource(_ resource: CatalogResource) throws(StoreError) {
    let (kind, id) = (type(of: resource.value).kind, resource.value.id)
    try checkScope(kind, id)
    switch resource {
    case .organization(let value):
      let row = try change(Self.putOrganization)
      row.bind(1, value.id)
      row.bind(2, Int64(value.tier.rawValue))
      try send(row)
    case .project(let value):
      let row = try change(Self.putProject)
      row.bind(1, value.id)
      row.bind(2, value.organizationId)
      try send(row)
    case .component(let value): try put(value)
    case .environment(let value): try put(value)
    case .deploymentPipeline(let value): try put(value)
    }
  }

  func deleteCatalogResource(_ kind: CatalogKind, id: String) throws(StoreError) {
    try checkScope(kind, id)
    if kind == .component { forget(component: id) }
    let row = try change(kind.queries.delete)
    row.bind(1, id)
    try send(row)
  }

  private func put(_ component: Component) throws(StoreError) {
    forget(component: component.id)
    let row = try change(Self.putComponent)
    row.bind(1, component.id)
    row.bind(2, component.projectId)
    row.bind(3, Int64(component.type.rawValue))
    row.bind(4, Int64(component.imageSource.rawValue))
    if let builds = component.autoBuildOnCommit { row.bind(5, builds) } else { row.bindNull(5) }
    if component.defaultPipelineId.isEmpty {
      row.bindNull(6)
    } else {
      row.bind(6, component.defaultPipelineId)
    }
    row.bind(7, component.repositoryURL)
    row.bind(8, component.sourcePath)
    row.bind(9, component.imageRegistry)
    row.bind(10, component.image)
    try send(row)
  }

  private func put(_ environment: Environment) throws(StoreError) {
    let row = try change(Self.putEnvironment)
    row.bind(1, environment.id)
    row.bind(2, environment.projectId)
    row.bind(3, environment.name)
    row.bind(4, environment.gitopsRepositoryURL)
    row.bind(5, environment.gitopsBranch)
    row.bind(6, environment.gitopsPath)
    row.bind(7, GitOpsRepositoryKey.key(environment.gitopsRepositoryURL))
    row.bind(8, GitOpsFolder.name(environment.gitopsPath))
    try send(row)
    try move(Self.moveEnvironment, environment.id, to: environment.projectId)
  }

  private func move(_ query: Query, _ id: String, to projectId: String) throws(StoreError) {
    let row = try change(query)
    row.bind(1, id)
    row.bind(2, projectId)
    try send(row)
  }

  private func put(_ pipeline: DeploymentPipeline) throws(StoreError) {
    let old = try change(Self.clearPipeline)
    old.bind(1, pipeline.id)
    try send(old)
    let row = try change(Self.putPipeline)
    row.bind(1, pipeline.id)
    row.bind(2, pipeline.projectId)
    try send(row)
    try move(Self.movePipeline, pipeline.id, to: pipeline.projectId)
    for (position, environmentId) in pipeline.environmentIds.enumerated() {
      let row = try change(Self.extendPipeline)
      row.bind(1, pipeline.id)
      row.bind(2, position)
      row.bind(3, pipeline.projectId)
      row.bind(4, environmentId)
      try send(row)
    }
  }
}
