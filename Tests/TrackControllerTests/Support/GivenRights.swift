import TrackDomain

/// Rights that a test gives, and those that take their place when they are asked for.
///
/// `@unchecked Sendable`: calls of a test follow each other.
final class GivenRights: AccessRights, @unchecked Sendable {
  let id: UInt64 = 0
  let owner = "token:one"
  private let verbs: [AccessPlace: VerbSet]
  /// Takes the place of these rights the second time they are asked for.
  private let next: GivenRights?
  private var asked = 0

  /// - Parameter verbs: what is allowed within which places.
  init(_ verbs: [AccessPlace: VerbSet], then next: GivenRights? = nil) {
    self.verbs = verbs
    self.next = next
  }

  var current: any AccessRights {
    guard let next else { return self }
    asked += 1
    return asked > 1 ? next : self
  }

  func hasAnywhere(_ verb: Verb) -> Bool { verbs.values.contains { $0.contains(verb) } }

  func verbs(at place: AccessPlace) -> VerbSet {
    verbs.reduce(into: VerbSet()) { found, grant in
      let scope = grant.key
      if (scope.organizationId.isEmpty || scope.organizationId == place.organizationId)
        && (scope.projectId.isEmpty || scope.projectId == place.projectId)
        && (scope.componentId.isEmpty || scope.componentId == place.componentId)
      {
        found.formUnion(grant.value)
      }
    }
  }

  func reach(_ kind: CatalogKind, in parent: AccessPlace) -> AccessReach { .all }
}
