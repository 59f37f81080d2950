import TrackDomain

/// A policy as a table of who can do what, for `trackctl policy check`.
public struct PolicyTable: Sendable, Hashable {
  public struct Row: Sendable, Hashable {
    /// A pattern of principals, or `group` and one of groups.
    public var subject: String
    public var role: String
    public var verbs: String
    public var scope: String
  }

  /// Sorted by subject; then in the order of the policy.
  public let rows: [Row]

  public init(_ policy: Policy) {
    var rows: [Row] = []
    for binding in policy.bindings {
      let verbs = (policy.roles[binding.role] ?? []).verbs.map(\.rawValue)
      let subjects =
        binding.subjects.principals.map(\.text)
        + binding.subjects.groups.map { "group \($0.text)" }
      for subject in subjects {
        rows.append(
          Row(
            subject: subject, role: binding.role, verbs: verbs.joined(separator: " "),
            scope: "\(binding.scope)"))
      }
    }
    let acting = policy.actingForOthers
    for subject in acting.principals.map(\.text) + acting.groups.map({ "group \($0.text)" }) {
      rows.append(Row(subject: subject, role: "", verbs: "acts for others", scope: "all"))
    }
    self.rows = rows.enumerated().sorted {
      ($0.element.subject, $0.offset) < ($1.element.subject, $1.offset)
    }.map(\.element)
  }
}
