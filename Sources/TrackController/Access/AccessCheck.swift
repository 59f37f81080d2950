import TrackDomain

/// Decides on one state of the store, and under the policy in force, whether the caller may do what
/// a call asks for.
///
/// A caller who may do nothing with a component gets the error of one that does not exist; who may do
/// something else with it is told the right that is missing.
struct AccessCheck {
  let access: Access
  let reader: any StoreReader

  /// - Parameter access: of the call; the policy may have changed since it began.
  init(access: Access, reader: any StoreReader) {
    self.access = access.current
    self.reader = reader
  }

  // MARK: Components

  /// Requires the method's verb for the component, or `verb`.
  func component(_ id: String, _ verb: Verb? = nil) throws {
    guard access.isRestricted else { return }
    guard let component = try existing(id, verb ?? access.verb) else { return }
    try require(verb ?? access.verb, at: AccessPlace(component), ofComponent: id)
  }

  /// Requires the method's verb, or `verb`, for what the component has in an environment.
  ///
  /// - Parameters:
  ///   - environmentId: as the caller named it; empty for the first of the pipeline.
  ///   - pipelineId: empty for the component's default pipeline.
  func component(
    _ id: String, into environmentId: String, pipelineId: String = "", _ verb: Verb? = nil
  ) throws {
    guard access.isRestricted else { return }
    guard let component = try existing(id, verb ?? access.verb) else { return }
    let place = try place(of: component, into: environmentId, pipelineId: pipelineId)
    try require(verb ?? access.verb, at: place, ofComponent: id, named: environmentId)
  }

  /// Nil for a component that does not exist, where the caller may do `verb` everywhere: the call
  /// goes on to its own error.
  private func existing(_ id: String, _ verb: Verb) throws -> ComponentContext? {
    if let component = try reader.component(id) { return component }
    if access.allows(verb, at: .everywhere) { return nil }
    throw DomainError.notFound(.component, id)
  }

  /// Where a deployment goes. Environments of other projects are none.
  private func place(
    of component: ComponentContext, into environmentId: String, pipelineId: String
  ) throws(StoreError) -> AccessPlace {
    let own = component.component
    var id = environmentId
    if id.isEmpty {
      let pipelineId = pipelineId.isEmpty ? own.defaultPipelineId : pipelineId
      guard
        case .deploymentPipeline(let pipeline)? = try reader.catalogResource(
          .deploymentPipeline, id: pipelineId),
        let first = pipeline.environmentIds.first
      else { return AccessPlace(component) }
      id = first
    }
    guard case .environment(let environment)? = try reader.catalogResource(.environment, id: id),
      environment.projectId == own.projectId
    else { return AccessPlace(component) }
    return AccessPlace(component).into(environmentId: id)
  }

  private func require(
    _ verb: Verb, at place: AccessPlace, ofComponent id: String, named environmentId: String = ""
  ) throws(DomainError) {
    let verbs = access.verbs(at: place)
    if verbs.contains(verb) { return }
    var component = place
    component.environmentId = ""
    let known = verbs.union(access.verbs(at: component))
    guard !known.isEmpty else { throw .notFound(.component, id) }
    var shown = AccessPlace(componentId: id)
    // The environment as the caller named it, there or not; another one for who may read of it.
    shown.environmentId =
      environmentId.isEmpty && known.contains(.read) ? place.environmentId : environmentId
    throw .noRight(to: verb, at: shown)
  }

  // MARK: The catalog

  /// The place of a resource; nil when its parents are not there.
  func place(of resource: CatalogResource) throws(StoreError) -> AccessPlace? {
    switch resource {
    case .organization(let value): return AccessPlace(organizationId: value.id)
    case .project(let value):
      return AccessPlace(organizationId: value.organizationId, projectId: value.id)
    case .component(let value):
      return try place(ofProject: value.projectId).map {
        var place = $0
        place.componentId = value.id
        return place
      }
    case .environment(let value):
      return try place(ofProject: value.projectId)?.into(environmentId: value.id)
    case .deploymentPipeline(let value): return try place(ofProject: value.projectId)
    }
  }

  func place(ofProject id: String) throws(StoreError) -> AccessPlace? {
    try reader.catalogResource(.project, id: id).flatMap(Project.init).map {
      AccessPlace(organizationId: $0.organizationId, projectId: id)
    }
  }

  /// Whether the caller may know of a resource.
  func knows(_ resource: CatalogResource) throws(StoreError) -> Bool {
    guard access.isRestricted else { return true }
    return try place(of: resource).map { access.knows($0) } ?? false
  }

  /// Requires the method's verb for a resource of the catalog.
  ///
  /// - Parameter atParent: whether the right counts that the caller has for the resource's project,
  ///   and not one for the resource alone.
  func resource(_ kind: CatalogKind, _ id: String, atParent: Bool = false) throws {
    guard access.isRestricted else { return }
    guard let resource = try reader.catalogResource(kind, id: id),
      let place = try place(of: resource)
    else {
      if access.allows(access.verb, at: .everywhere) { return }
      throw DomainError.notFound(kind, id)
    }
    var deciding = place
    if atParent { deciding.environmentId = "" }
    if access.allows(access.verb, at: deciding) { return }
    guard access.knows(place) || access.knows(deciding) else {
      throw DomainError.notFound(kind, id)
    }
    throw noRight(at: deciding, for: place)
  }

  /// The error for who may know of `place`, and lacks the method's verb at `deciding`, in which it
  /// lies. Who may not know of that is told of the place.
  func noRight(at deciding: AccessPlace, for place: AccessPlace) -> DomainError {
    .noRight(to: access.verb, at: (access.knows(deciding) ? deciding : place).innermost)
  }

  // MARK: Lists

  /// Which resources of a kind the caller may read, of those of a parent.
  func reach(_ kind: CatalogKind, parentId: String?) throws(StoreError) -> AccessReach {
    guard let rights = access.rights else { return .all }
    let parent =
      switch kind.parent {
      case .project?: try place(ofProject: parentId ?? "") ?? .everywhere
      default: AccessPlace(organizationId: parentId ?? "")
      }
    return rights.reach(kind, in: parent)
  }

  /// Requires that the caller may read a component of the project, as it is now.
  func content(ofProject project: CatalogResource) throws {
    guard access.isRestricted, let place = try place(of: project) else { return }
    let id = project.value.id
    let reach = access.rights?.reach(.component, in: place) ?? .all
    if case .all = reach { return }
    let first = try reader.catalogResources(
      .component, parentId: id, within: reach, after: "", limit: 1)
    guard first.isEmpty else { return }
    throw access.knows(place)
      ? DomainError.noRight(to: .read, at: place.innermost) : DomainError.notFound(.project, id)
  }

  /// Checks the parent of a list with nothing in it: who may know of nothing there gets the error of
  /// a parent that does not exist.
  func parent(_ kind: CatalogKind, _ id: String, ofFirstPage: Bool) throws {
    guard let parent = try reader.catalogResource(kind, id: id) else {
      throw DomainError.notFound(kind, id)
    }
    guard try ofFirstPage && !knows(parent) else { return }
    throw DomainError.notFound(kind, id)
  }
}

extension AccessPlace {
  /// The place without what it lies in, which the caller may not know.
  var innermost: AccessPlace {
    if !componentId.isEmpty {
      return AccessPlace(componentId: componentId, environmentId: environmentId)
    }
    if !environmentId.isEmpty { return AccessPlace(environmentId: environmentId) }
    if !projectId.isEmpty { return AccessPlace(projectId: projectId) }
    return AccessPlace(organizationId: organizationId)
  }
}
