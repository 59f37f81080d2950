import TrackDomain

extension PutResource {
  /// Who creates a resource administers its parent. Who replaces one administers the resource; for
  /// environments and pipelines, which decide where components are deployed, its parent now and
  /// then.
  ///
  /// Ids are global. Whether one is taken by a resource that the caller may not know of is told to
  /// nobody but who may create: all others get the same error for a free id.
  func authorize(_ check: AccessCheck) throws {
    let access = check.access
    guard access.isRestricted else { return }
    let kind = Draft.Value.kind
    let former = try check.reader.catalogResource(kind, id: draft.id)
    let own = try former.flatMap { try check.place(of: $0) }
    if let former, let own, access.allows(access.verb, at: decidingPlace(own)),
      former.value.parentId == draft.parentId, !isDecidedAtParent
    {
      return try movesAutoDeploy(from: former, own, check)
    }
    let parent = try parentPlace(check)
    guard access.allows(access.verb, at: parent.place) else {
      throw DomainError.noRight(to: access.verb, at: parent.shown)
    }
    guard let own else { return }
    guard access.knows(own) else { throw DomainError.idTaken(kind, draft.id) }
    guard access.allows(access.verb, at: decidingPlace(own)) else {
      throw check.noRight(at: decidingPlace(own), for: own)
    }
  }

  /// Auto-deploy goes where a component's pipeline begins: who leads it elsewhere administers the
  /// project, or may deploy there.
  private func movesAutoDeploy(
    from former: CatalogResource, _ own: AccessPlace, _ check: AccessCheck
  ) throws {
    guard let draft = draft as? ComponentDraft, case .component(let component) = former,
      draft.defaultPipelineId != component.defaultPipelineId, !draft.defaultPipelineId.isEmpty
    else { return }
    var project = own
    project.componentId = ""
    if check.access.allows(check.access.verb, at: project) { return }
    try check.component(
      component.id, into: "", pipelineId: draft.defaultPipelineId, .deploy)
  }

  /// Of the resource that there is, else of its parent.
  func mayRead(_ check: AccessCheck) throws -> Bool {
    let former = try check.reader.catalogResource(Draft.Value.kind, id: draft.id)
    let own = try former.flatMap { try check.place(of: $0) }
    return check.access.allows(
      .read, at: try own.map { decidingPlace($0) } ?? parentPlace(check).place)
  }

  private var isDecidedAtParent: Bool {
    switch Draft.Value.kind {
    case .environment, .deploymentPipeline: true
    case .organization, .project, .component: false
    }
  }

  private func decidingPlace(_ own: AccessPlace) -> AccessPlace {
    var place = own
    if isDecidedAtParent { place.environmentId = "" }
    return place
  }

  /// The place of the parent that the request names, and as the caller is told of it: by the name
  /// that they gave it, there or not. An organization is its own.
  private func parentPlace(
    _ check: AccessCheck
  ) throws -> (place: AccessPlace, shown: AccessPlace) {
    let id = draft.parentId ?? ""
    switch Draft.Value.kind {
    case .organization:
      let place = AccessPlace(organizationId: draft.id)
      return (place, place)
    case .project:
      let isThere = try check.reader.catalogResource(.organization, id: id) != nil
      let place = AccessPlace(organizationId: id)
      return (isThere ? place : .everywhere, place)
    case .component, .environment, .deploymentPipeline:
      return (try check.place(ofProject: id) ?? .everywhere, AccessPlace(projectId: id))
    }
  }
}
