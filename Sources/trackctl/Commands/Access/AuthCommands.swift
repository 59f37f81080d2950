import TrackMessages

extension Command {
  static let authWhoami = Command(
    CommandSpec(
      path: ["auth", "whoami"], summary: "Say who calls, as trackd understands it.",
      details: "The roles are those that the policy gives the caller.",
      examples: [("trackctl auth whoami", "the principal, its groups and its roles")])
  ) { _, session in
    let response = try await session.connected { api in
      try await api.access.whoAmI(WhoAmIRequest(), options: api.options)
    }
    try session.output.show(response) {
      var text = "\(response.principal)\n"
      for group in response.groups { text += "group \(group)\n" }
      guard response.policyInForce else {
        return text + "There is no policy: everybody may do everything.\n"
      }
      if response.roles.isEmpty { return text + "The policy gives this caller nothing.\n" }
      return text + "\n" + session.output.text(of: Table(response.roles))
    }
    return .success
  }

  private static let environment = Flag(
    "environment", .text("ENVIRONMENT"), names: .environment,
    "in this environment; with a component, what the component has in it")
  private static let project = Flag(
    "project", .text("PROJECT"), names: .project, "for this project")
  private static let organization = Flag(
    "organization", .text("ORGANIZATION"), names: .organization, "for this organization")

  static let authCanI = Command(
    CommandSpec(
      path: ["auth", "can-i"], summary: "Say whether the caller may do something.",
      details: """
        Prints yes and exits with 0, or prints no and why, and exits with 1. What the caller may not
        know of is answered as if it did not exist. A track needs what its component needs.
        """,
      operands: [
        Operand(name: "VERB", help: "what to do", choices: VerbWords.all),
        Operand(
          name: "COMPONENT", help: "the component's id", isOptional: true, names: .component),
        Operand(
          name: "TRACK", help: "a track of it; rights are the same for all of them",
          isOptional: true, names: .track),
      ],
      flags: [environment, project, organization],
      examples: [
        ("trackctl auth can-i deploy cart v1.0 --environment production", "before a deployment"),
        ("trackctl auth can-i administer --project shop", "before a change of the catalog"),
      ])
  ) { arguments, session in
    var request = CheckAccessRequest()
    request.verb = VerbWords.verb(arguments.operands[0])
    request.componentId = arguments.operand(1) ?? ""
    request.environmentId = arguments.text(environment) ?? ""
    request.projectId = arguments.text(project) ?? ""
    request.organizationId = arguments.text(organization) ?? ""
    let checked = request
    let response = try await session.connected { api in
      try await api.access.checkAccess(checked, options: api.options)
    }
    try session.output.show(response) {
      response.allowed ? "yes\n" : "no: \(Table.printable(response.explanation))\n"
    }
    return response.allowed ? .success : .failed
  }
}

/// The verbs of policies, as words.
enum VerbWords {
  private static let words: [(word: String, verb: Verb)] = [
    ("read", .read), ("save", .save), ("write", .write), ("deploy", .deploy),
    ("rollback", .rollback), ("bypass", .bypass), ("administer", .administer),
  ]

  static let all = words.map(\.word)

  static func verb(_ word: String) -> Verb {
    words.first { $0.word == word }?.verb ?? .unspecified
  }

  static func word(_ verb: Verb) -> String {
    words.first { $0.verb == verb }?.word ?? "\(verb.rawValue)"
  }
}

extension Table {
  fileprivate init(_ roles: [GrantedRole]) {
    self.init(.name("ROLE"), .text("VERBS", least: 16), .text("SCOPE", least: 16))
    for role in roles {
      add(role.role, role.verbs.map(VerbWords.word).joined(separator: " "), role.scope)
    }
  }
}
