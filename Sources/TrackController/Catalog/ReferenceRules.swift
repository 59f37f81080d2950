import TrackDomain

/// Checks that the resources to which a catalog resource refers, beside its parents, exist in its
/// project.
enum ReferenceRules {
  /// What a resource refers to.
  static func references(of resource: CatalogResource) -> [CatalogKey] {
    switch resource {
    case .organization, .project, .environment: []
    case .component(let component) where component.defaultPipelineId.isEmpty: []
    case .component(let component):
      [CatalogKey(.deploymentPipeline, component.defaultPipelineId)]
    case .deploymentPipeline(let pipeline):
      pipeline.environmentIds.map { CatalogKey(.environment, $0) }
    }
  }

  /// - Parameter found: what there is of the references.
  static func check(
    _ references: [CatalogKey], of resource: CatalogResource,
    _ found: [CatalogKey: CatalogResource]
  ) throws(DomainError) {
    for key in references where found[key]?.value.parentId != resource.value.parentId {
      throw .notFound(key.kind, key.id)
    }
  }
}
