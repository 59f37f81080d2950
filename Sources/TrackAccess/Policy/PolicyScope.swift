import TrackDomain

/// Where a binding counts: in everything that it names. What it does not name is not looked at.
public struct PolicyScope: Sendable, Hashable {
  /// The ids of each kind; nil: not looked at.
  var organizations: Set<String>?
  var projects: Set<String>?
  var components: Set<String>?
  var environments: Set<String>?

  func covers(_ place: AccessPlace) -> Bool {
    (organizations?.contains(place.organizationId) ?? true)
      && (projects?.contains(place.projectId) ?? true)
      && (components?.contains(place.componentId) ?? true)
      && (environments?.contains(place.environmentId) ?? true)
  }

  /// The ids of the kind that it names, of resources in `parent`; nil where it covers all of them,
  /// and empty where it covers none.
  func ids(of kind: CatalogKind, in parent: AccessPlace) -> Set<String>? {
    switch kind {
    case .organization: projects ?? components ?? environments == nil ? organizations : []
    case .project:
      isOpen(to: parent.organizationId, organizations) && components ?? environments == nil
        ? projects : []
    case .component: isOpen(to: parent) && environments == nil ? components : []
    case .environment: isOpen(to: parent) && components == nil ? environments : []
    case .deploymentPipeline:
      isOpen(to: parent) && components ?? environments == nil ? nil : []
    }
  }

  private func isOpen(to id: String, _ ids: Set<String>?) -> Bool { ids?.contains(id) ?? true }

  private func isOpen(to project: AccessPlace) -> Bool {
    isOpen(to: project.organizationId, organizations) && isOpen(to: project.projectId, projects)
  }

  var isEverything: Bool { self == PolicyScope() }
}

extension PolicyScope: CustomStringConvertible {
  /// As a policy writes it on one line.
  public var description: String {
    let parts = [
      ("organization", organizations), ("project", projects), ("component", components),
      ("environment", environments),
    ]
    let texts = parts.compactMap { name, ids in
      ids.map { "\(name) \($0.sorted().joined(separator: "|"))" }
    }
    return texts.isEmpty ? "all" : texts.joined(separator: ", ")
  }
}
