import Synchronization
public import TrackDomain

/// The rights of one caller under one version of a policy, compiled: a decision takes a look-up for
/// each part of its place.
public final class CallerRights: AccessRights {
  private static let made = Atomic<UInt64>(0)

  public let id: UInt64
  public let caller: Caller
  public let grants: [Grant]
  /// The version of the policy (`AccessControl.version`).
  public let version: UInt64

  /// Has the policy in force; nil for rights of their own.
  private let control: AccessControl?
  private let everywhere: VerbSet
  private let organizations: [String: VerbSet]
  private let projects: [String: VerbSet]
  private let components: [String: VerbSet]
  private let environments: [String: VerbSet]
  /// Grants whose scope names several kinds.
  private let mixed: [Grant]

  /// - Parameter control: has the policy in force, of which this one was the `version`.
  init(
    of caller: Caller, under policy: Policy, version: UInt64 = 0,
    control: AccessControl? = nil
  ) {
    self.control = control
    id = Self.made.wrappingAdd(1, ordering: .relaxed).oldValue
    self.caller = caller
    self.version = version
    let grants = policy.grants(to: caller)
    self.grants = grants
    func table(_ ids: (PolicyScope) -> Set<String>?) -> [String: VerbSet] {
      var table: [String: VerbSet] = [:]
      for grant in grants where grant.scope.isOfOneKind {
        for id in ids(grant.scope) ?? [] { table[id, default: []].formUnion(grant.verbs) }
      }
      return table
    }
    everywhere = grants.filter(\.scope.isEverything).reduce(into: []) { $0.formUnion($1.verbs) }
    organizations = table(\.organizations)
    projects = table(\.projects)
    components = table(\.components)
    environments = table(\.environments)
    mixed = grants.filter { !$0.scope.isEverything && !$0.scope.isOfOneKind }
  }

  public var owner: String { caller.principal }

  public var current: any AccessRights { present }

  /// The same caller's rights now; these where the policy has not changed.
  public var present: CallerRights {
    guard let control, control.version != version else { return self }
    return control.rights(of: caller)
  }

  public func hasAnywhere(_ verb: Verb) -> Bool { grants.contains { $0.verbs.contains(verb) } }

  public func verbs(at place: AccessPlace) -> VerbSet {
    var verbs = everywhere
    if !organizations.isEmpty { verbs.formUnion(organizations[place.organizationId] ?? []) }
    if !projects.isEmpty { verbs.formUnion(projects[place.projectId] ?? []) }
    if !components.isEmpty { verbs.formUnion(components[place.componentId] ?? []) }
    if !environments.isEmpty { verbs.formUnion(environments[place.environmentId] ?? []) }
    for grant in mixed where grant.scope.covers(place) { verbs.formUnion(grant.verbs) }
    return verbs
  }

  public func reach(_ kind: CatalogKind, in parent: AccessPlace) -> AccessReach {
    var ids: Set<String> = []
    for grant in grants where grant.verbs.contains(.read) {
      guard let named = grant.scope.ids(of: kind, in: parent) else { return .all }
      ids.formUnion(named)
    }
    return .ids(ids.sorted())
  }
}

extension PolicyScope {
  /// Whether it names ids of exactly one kind.
  var isOfOneKind: Bool {
    [organizations, projects, components, environments].count { $0 != nil } == 1
  }
}
