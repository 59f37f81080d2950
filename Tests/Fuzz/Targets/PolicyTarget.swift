import TrackDomain

@testable import TrackAccess

extension FuzzTarget {
  /// The file of an operator's policy: checked as a whole; and compiled decisions are those that
  /// the bindings say one by one.
  static let policy = FuzzTarget(name: "policy", maxLength: 2000) { bytes in
    do throws(PolicyError) {
      let policy = try Policy(yaml: bytes)
      check(!policy.roles.isEmpty && !policy.bindings.isEmpty, "it has what it must have")
      for binding in policy.bindings {
        check(policy.roles[binding.role] != nil, "a binding's role is there")
      }
      check(PolicyTable(policy).rows.count >= policy.bindings.count, "each binding has a row")
      Self.ask(policy)
    } catch {
      check(!error.problems.isEmpty && error.problems.count <= 200, "it says what is wrong")
      for problem in error.problems {
        check(!problem.text(file: "f").isEmpty, "each is told")
        check(problem.line >= 0 && problem.column >= 0, "each has a place")
      }
    }
  }

  private static func ask(_ policy: Policy) {
    let places = places(in: policy)
    for caller in callers(in: policy) {
      let rights = CallerRights(of: caller, under: policy)
      let grants = policy.grants(to: caller)
      for place in places {
        var verbs: VerbSet = []
        for grant in grants where grant.scope.covers(place) { verbs.formUnion(grant.verbs) }
        check(rights.verbs(at: place) == verbs, "\(caller) at \(place)")
      }
      check(
        rights.hasAnywhere(.read) == grants.contains { $0.verbs.contains(.read) }, "reads anything")
      for kind in [
        CatalogKind.organization, .project, .component, .environment, .deploymentPipeline,
      ] {
        guard case .ids(let ids) = rights.reach(kind, in: places[0]) else { continue }
        check(ids == Array(Set(ids)).sorted(), "ids are sorted, and each is there once")
      }
      _ = policy.mayActForOthers(caller)
    }
  }

  /// Callers whom patterns mean: stars stand for nothing, or for something.
  private static func callers(in policy: Policy) -> [Caller] {
    var callers = [Caller.anonymous, Caller(principal: "token:nobody")]
    for binding in policy.bindings.prefix(8) {
      for pattern in binding.subjects.principals.prefix(2) {
        for filling in ["", "x"] {
          let name = filled(pattern, filling)
          check(pattern.matches(name), "\(pattern.text) means \(name)")
          callers.append(Caller(principal: name))
        }
      }
      for pattern in binding.subjects.groups.prefix(2) {
        let name = filled(pattern, "y")
        check(pattern.matches(name), "\(pattern.text) means \(name)")
        callers.append(Caller(principal: "token:member", groups: [name]))
      }
    }
    return callers
  }

  private static func filled(_ pattern: NamePattern, _ filling: String) -> String {
    String(
      decoding: pattern.text.utf8.flatMap {
        $0 == UInt8(ascii: "*") ? Array(filling.utf8) : [$0]
      }, as: UTF8.self)
  }

  /// What scopes name, and something that none names; few of each.
  private static func places(in policy: Policy) -> [AccessPlace] {
    func ids(_ kind: (PolicyScope) -> Set<String>?) -> [String] {
      Array(policy.bindings.flatMap { (kind($0.scope) ?? []).sorted().prefix(2) }.prefix(3))
        + ["", "elsewhere"]
    }
    var places: [AccessPlace] = []
    for organization in ids(\.organizations) {
      for project in ids(\.projects) {
        for component in ids(\.components) {
          for environment in ids(\.environments) {
            places.append(
              AccessPlace(
                organizationId: organization, projectId: project, componentId: component,
                environmentId: environment))
          }
        }
      }
    }
    return places
  }
}
