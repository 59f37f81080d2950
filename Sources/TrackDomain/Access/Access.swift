/// The rights of one caller under one version of the policy. Any thread.
public protocol AccessRights: AnyObject, Sendable {
  /// Tells these rights from all others that this process ever made.
  var id: UInt64 { get }
  /// Whom page tokens and resume tokens belong to: the principal.
  var owner: String { get }
  /// The same caller's rights under the policy that is in force now.
  var current: any AccessRights { get }
  /// Whether there is anything for which the caller has the verb.
  func hasAnywhere(_ verb: Verb) -> Bool
  /// What the caller may do there.
  func verbs(at place: AccessPlace) -> VerbSet
  /// Which resources of a kind the caller may read, of those whose parent is `parent`.
  func reach(_ kind: CatalogKind, in parent: AccessPlace) -> AccessReach
}

/// Which resources of a list a caller may read: a predicate for the store.
public enum AccessReach: Sendable, Hashable {
  case all
  /// Those with these ids, sorted; each once.
  case ids([String])
}

/// What the caller of one method may do. Without a policy, everything.
public struct Access: Sendable {
  /// What replies depend on besides the request and the component: whose rights decide.
  public var readerId: UInt64? { rights?.id }

  /// Nil: everything.
  public let rights: (any AccessRights)?
  /// The least verb that the method needs, as the contract says.
  public let verb: Verb

  public init(_ rights: (any AccessRights)?, verb: Verb) {
    self.rights = rights
    self.verb = verb
  }

  /// What the same caller may do under the policy that is in force now: it may have changed while
  /// a call waited.
  public var current: Access { Access(rights?.current, verb: verb) }

  /// Everything is allowed, to whoever calls.
  public static let unrestricted = Access(nil, verb: .read)

  /// Whether rules are looked at. If not, nothing needs to be read for them.
  public var isRestricted: Bool { rights != nil }

  /// What the caller may do there.
  public func verbs(at place: AccessPlace) -> VerbSet { rights?.verbs(at: place) ?? .all }

  /// Whether the caller may do that there.
  public func allows(_ verb: Verb, at place: AccessPlace) -> Bool {
    verbs(at: place).contains(verb)
  }

  /// Whether there is anything for which the caller has the method's verb.
  public var allowsAnywhere: Bool { rights?.hasAnywhere(verb) ?? true }

  /// Whether the caller may know of the resource: there is anything that they may do there.
  public func knows(_ place: AccessPlace) -> Bool { !verbs(at: place).isEmpty }

  /// Whom tokens belong to; empty without a policy: then everybody may use them.
  public var tokenOwner: String { rights?.owner ?? "" }
}
