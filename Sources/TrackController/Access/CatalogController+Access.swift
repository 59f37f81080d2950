public import TrackDomain

extension CatalogController {
  /// Whether the caller may do that there, for `can-i`. The outer parts of the place need not be
  /// given.
  ///
  /// Throws NO_RIGHT when not, in the same words for what does not exist and for what the caller may
  /// not know of; INVALID_ARGUMENT.
  public func check(_ verb: Verb, at place: AccessPlace) async throws {
    var violations = Violations()
    for (field, id) in [
      ("organization_id", place.organizationId), ("project_id", place.projectId),
      ("component_id", place.componentId), ("environment_id", place.environmentId),
    ] where !id.isEmpty { violations.collectId(field, id) }
    try violations.check()
    let access = mutations.access
    guard access.isRestricted else { return }
    let found = try await store.read { reader in
      try AccessCheck(access: access, reader: reader).existing(place)
    }
    guard access.allows(verb, at: found ?? .everywhere) else {
      throw DomainError.noRight(to: verb, at: place.innermost)
    }
  }
}

extension AccessCheck {
  /// The place with its outer parts, as they are; nil when something of it does not exist, or lies
  /// elsewhere.
  func existing(_ named: AccessPlace) throws(StoreError) -> AccessPlace? {
    var place = AccessPlace(organizationId: named.organizationId)
    if !named.componentId.isEmpty {
      guard let component = try reader.component(named.componentId) else { return nil }
      place = AccessPlace(component)
    } else if !named.projectId.isEmpty {
      guard let project = try self.place(ofProject: named.projectId) else { return nil }
      place = project
    } else if !named.organizationId.isEmpty, named.environmentId.isEmpty,
      try reader.catalogResource(.organization, id: named.organizationId) == nil
    {
      return nil
    }
    if !named.environmentId.isEmpty {
      guard
        case .environment(let environment)? = try reader.catalogResource(
          .environment, id: named.environmentId),
        let own = try self.place(ofProject: environment.projectId),
        place.projectId.isEmpty || place.projectId == environment.projectId
      else { return nil }
      place = AccessPlace(
        organizationId: own.organizationId, projectId: own.projectId,
        componentId: place.componentId, environmentId: environment.id)
    }
    guard named.organizationId.isEmpty || named.organizationId == place.organizationId,
      named.projectId.isEmpty || named.projectId == place.projectId
    else { return nil }
    return place
  }
}
