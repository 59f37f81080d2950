import TrackMessages

extension Command {
  private static let environment = Flag(
    "environment", .text("ID"), names: .environment, "only what went there")

  static let history = Command(
    CommandSpec(
      path: ["history"],
      summary: "Show the deployments of a track, the newest first, or one of them.",
      details: """
        DEPLOYMENT and IMAGE show the beginnings of ids, which other commands accept. With the
        operand DEPLOYMENT, everything about that deployment is shown.
        """,
      operands: [
        CommonOperands.component, CommonOperands.track,
        Operand(
          name: "DEPLOYMENT", help: "its id, or the beginning of it", isOptional: true,
          names: .deployment),
      ],
      flags: [environment, Flag("limit", .text("N"), "at most this many [20]")],
      examples: [
        ("trackctl history cart v1.2 --environment production", "what happened in production"),
        ("trackctl history cart v1.2 5e0c71d2", "who, when, why and how of one deployment"),
      ])
  ) { arguments, session in
    if let operand = arguments.operand(2) { return try await showOne(operand, arguments, session) }
    let limit = try arguments.count(CommonFlags.limit) ?? 20
    let response = try await session.connected { api in
      let track = try await api.trackId(arguments.operands[0], arguments.operands[1])
      return try await api.deployments(
        arguments.operands[0], track, environment: arguments.text(environment) ?? "",
        pageSize: 1000, limit: limit)
    }
    try session.output.show(response, table: { Table(response.deployments) })
    return .success
  }

  private static func showOne(
    _ operand: String, _ arguments: Arguments, _ session: Session
  ) async throws -> ExitCode {
    var response = GetDeploymentResponse()
    response.deployment = try await session.connected { api in
      let track = try await api.trackId(arguments.operands[0], arguments.operands[1])
      let id = try await api.deploymentId(arguments.operands[0], track, operand)
      return try await api.deployment(arguments.operands[0], track, id)
    }
    try session.output.show(response) { response.deployment?.fields.text ?? "" }
    return .success
  }
}

extension Table {
  init(_ deployments: [Deployment]) {
    self.init(
      .handle("DEPLOYMENT"), .text("ENVIRONMENT"), .name("KIND"), .name("STATE"),
      .handle("IMAGE", spared: 1), .time("CREATED", spared: 3), .text("ACTOR", spared: 2),
      .text("NOTE", least: 16))
    for deployment in deployments {
      add(
        deployment.id, deployment.environmentId, Words.word(deployment.kind),
        Words.word(deployment.state), deployment.imageId, Words.time(deployment.createdAt),
        deployment.actor, Self.note(deployment))
    }
  }

  private static func note(_ deployment: Deployment) -> String {
    var notes: [String] = []
    if !deployment.rolledBackBy.isEmpty {
      notes.append("rolled back by \(Words.short(deployment.rolledBackBy))")
    }
    if !deployment.rollbackOf.isEmpty {
      notes.append("undoes \(Words.short(deployment.rollbackOf))")
    }
    if deployment.waits { notes.append(deployment.attemptsNote(deployment.lastError)) }
    notes += [deployment.error, deployment.reason].filter { !$0.isEmpty }
    return notes.joined(separator: "; ")
  }
}
