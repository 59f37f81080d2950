import TrackDomain

/// Checks that the resources to which a catalog resource refers, beside its parents, exist in its
/// project.
enum ReferenceRules {
  static func check(_ resource: CatalogResource, _ reader: any StoreReader) throws {
    switch resource {
    case .organization, .project, .environment:
      break
    case .component(let component) where component.defaultPipelineId.isEmpty:
      break
    case .component(let component):
      try check(
        .deploymentPipeline, component.defaultPipelineId, projectId: component.projectId, reader)
    case .deploymentPipeline(let pipeline):
      for id in pipeline.environmentIds {
        try check(.environment, id, projectId: pipeline.projectId, reader)
      }
    }
  }

  private static func check(
    _ kind: CatalogKind, _ id: String, projectId: String, _ reader: any StoreReader
  ) throws {
    guard try reader.catalogResource(kind, id: id)?.value.parentId == projectId else {
      throw DomainError.notFound(kind, id)
    }
  }
}
