import TrackDomain

extension CatalogValue {
  /// The fields, as the contract names them, that have other values than those of `former`, which
  /// is of the same kind and has the same id.
  func changedFields(since former: CatalogResource) -> [String] {
    let pairs: [(String, Bool)] =
      switch (former, resource) {
      case (.organization(let old), .organization(let new)): [("tier", old.tier != new.tier)]
      case (.project(let old), .project(let new)):
        [("organization_id", old.organizationId != new.organizationId)]
      case (.component(let old), .component(let new)):
        [
          ("project_id", old.projectId != new.projectId), ("type", old.type != new.type),
          ("image_source", old.imageSource != new.imageSource),
          ("repository_url", old.repositoryURL != new.repositoryURL),
          ("source_path", old.sourcePath != new.sourcePath),
          ("image_registry", old.imageRegistry != new.imageRegistry),
          ("image", old.image != new.image),
          ("auto_build_on_commit", old.autoBuildOnCommit != new.autoBuildOnCommit),
          ("default_pipeline_id", old.defaultPipelineId != new.defaultPipelineId),
        ]
      case (.environment(let old), .environment(let new)):
        [
          ("project_id", old.projectId != new.projectId), ("name", old.name != new.name),
          ("gitops_repository_url", old.gitopsRepositoryURL != new.gitopsRepositoryURL),
          ("gitops_branch", old.gitopsBranch != new.gitopsBranch),
          ("gitops_path", old.gitopsPath != new.gitopsPath),
        ]
      case (.deploymentPipeline(let old), .deploymentPipeline(let new)):
        [
          ("project_id", old.projectId != new.projectId),
          ("environment_ids", old.environmentIds != new.environmentIds),
        ]
      default: []
      }
    return pairs.filter(\.1).map(\.0)
  }
}
