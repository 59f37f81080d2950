extension SnapshotWriter {
  mutating func resource(_ resource: CatalogResource) {
    byte(ResourceKind(type(of: resource.value).kind).rawValue)
    text(resource.value.id)
    switch resource {
    case .organization(let value): byte(value.tier.rawValue)
    case .project(let value): text(value.organizationId)
    case .component(let value): component(value)
    case .environment(let value):
      text(value.projectId)
      text(value.name)
      text(value.gitopsRepositoryURL)
      text(value.gitopsBranch)
      text(value.gitopsPath)
    case .deploymentPipeline(let value):
      text(value.projectId)
      unsigned(UInt64(value.environmentIds.count))
      for id in value.environmentIds { text(id) }
    }
  }

  private mutating func component(_ value: Component) {
    text(value.projectId)
    byte(value.type.rawValue)
    byte(value.imageSource.rawValue)
    text(value.repositoryURL)
    text(value.sourcePath)
    text(value.imageRegistry)
    text(value.image)
    byte(value.autoBuildOnCommit.map { $0 ? 2 : 1 } ?? 0)
    text(value.defaultPipelineId)
  }
}

extension SnapshotReader {
  mutating func resource() throws(SnapshotError) -> CatalogResource {
    let kind = try raw(ResourceKind.self)
    let id = try text()
    switch kind {
    case .organization:
      return .organization(Organization(id: id, tier: try raw(OrganizationTier.self)))
    case .project:
      return .project(Project(id: id, organizationId: try text()))
    case .component:
      return .component(try component(id))
    case .environment:
      return .environment(
        Environment(
          id: id, projectId: try text(), name: try text(), gitopsRepositoryURL: try text(),
          gitopsBranch: try text(), gitopsPath: try text()))
    case .deploymentPipeline:
      var pipeline = DeploymentPipeline(id: id, projectId: try text(), environmentIds: [])
      for _ in 0..<(try count()) { pipeline.environmentIds.append(try text()) }
      return .deploymentPipeline(pipeline)
    case .deploymentTrack, .image, .deployment:
      throw SnapshotError()
    }
  }

  private mutating func component(_ id: String) throws(SnapshotError) -> Component {
    Component(
      id: id, projectId: try text(), type: try raw(ComponentType.self),
      imageSource: try raw(ImageSource.self), repositoryURL: try text(), sourcePath: try text(),
      imageRegistry: try text(), image: try text(), autoBuildOnCommit: try optionalFlag(),
      defaultPipelineId: try text())
  }

  private mutating func optionalFlag() throws(SnapshotError) -> Bool? {
    switch try byte() {
    case 0: nil
    case 1: false
    case 2: true
    default: throw SnapshotError()
    }
  }
}
