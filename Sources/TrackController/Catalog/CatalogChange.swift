import TrackDomain

/// Entries of the change log about catalog resources.
enum CatalogChange {
  static func change(
    _ kind: ChangeKind, _ value: some CatalogValue, _ snapshot: [UInt8], _ context: PlanContext
  ) -> Change {
    let own = type(of: value).kind
    let projectId =
      switch own {
      case .organization: ""
      case .project: value.id
      case .component, .environment, .deploymentPipeline: value.parentId ?? ""
      }
    return Change(
      kind: kind, resource: ResourceKind(own), resourceId: value.id, projectId: projectId,
      componentId: own == .component ? value.id : "", at: context.now, actor: context.actor,
      snapshot: snapshot)
  }
}
