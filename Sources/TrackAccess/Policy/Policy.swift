public import TrackDomain

/// Who may do what: roles, each a set of verbs, bound to callers in a scope. What no binding grants
/// is denied.
public struct Policy: Sendable, Hashable {
  struct Binding: Sendable, Hashable {
    var role: String
    var subjects: Subjects
    var scope: PolicyScope
  }

  var roles: [String: VerbSet] = [:]
  var bindings: [Binding] = []
  var actingForOthers = Subjects()

  /// Nobody may do anything.
  public init() {}

  /// What the policy grants a caller, in its own order.
  func grants(to caller: Caller) -> [Grant] {
    bindings.filter { $0.subjects.include(caller) }.map {
      Grant(role: $0.role, verbs: roles[$0.role] ?? [], scope: $0.scope)
    }
  }

  /// Whether the caller may act on behalf of others (`trackd-actor`).
  public func mayActForOthers(_ caller: Caller) -> Bool { actingForOthers.include(caller) }
}

/// A role that a caller has in a scope.
public struct Grant: Sendable, Hashable {
  public var role: String
  public var verbs: VerbSet
  public var scope: PolicyScope
}
