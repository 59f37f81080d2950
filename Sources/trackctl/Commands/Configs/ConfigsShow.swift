import TrackMessages

extension Command {
  private static let revision = Flag(
    "revision", .text("N"), names: .configRevision,
    "the configuration of this number [the current one]")
  private static let deployment = Flag(
    "deployment", .text("ID"), names: .deployment,
    "what this deployment has: its id, or the beginning of it")

  static let configsShow = Command(
    CommandSpec(
      path: ["configs", "show"],
      summary: "Show endpoints, API settings and environment variables of a track.",
      details: """
        The current configuration, an earlier one, or the one of a deployment. ******** stands for
        the plain value of a variable that the source config declares secret.
        """,
      operands: [CommonOperands.component, CommonOperands.track],
      flags: [revision, deployment],
      examples: [
        ("trackctl configs show cart v1.2", "what the next deployment will have"),
        ("trackctl configs show cart v1.2 --deployment 5e0c71d2", "what one had"),
      ])
  ) { arguments, session in
    guard !arguments.has(revision) || !arguments.has(deployment) else {
      throw arguments.usage("--revision and --deployment contradict each other")
    }
    let number = try arguments.count(revision) ?? 0
    let response = try await session.connected { api in
      let track = try await api.trackId(arguments.operands[0], arguments.operands[1])
      guard let operand = arguments.text(deployment) else {
        return try await api.configs(arguments.operands[0], track, revision: Int32(number))
      }
      let id = try await api.deploymentId(arguments.operands[0], track, operand)
      return try await api.configs(
        of: try await api.deployment(arguments.operands[0], track, id))
    }
    session.output.note(warnings: response.warnings)
    try session.output.show(response) { response.text(session.output) }
    return .success
  }
}

extension GetDeploymentTrackConfigsResponse {
  /// The whole configuration, for people.
  fileprivate func text(_ output: Output) -> String {
    var list = FieldList()
    list.add("config revision", "\(configs?.configRevision ?? 0)")
    list.add("created", Words.time(revision?.createdAt))
    list.add("actor", revision?.actor ?? "")
    list.add("track's etag", etag)
    let configs = configs ?? TrackConfigs()
    var parts = [list.text]
    if !configs.endpoints.isEmpty { parts.append(output.text(of: Table(configs.endpoints))) }
    if !configs.environmentVariables.isEmpty {
      parts.append(output.text(of: Table(configs.environmentVariables)))
    }
    let settings = configs.apiSettings?.fields ?? []
    if !settings.isEmpty {
      var table = Table(.text("API SETTING", least: 24), .text("VALUE", least: 16))
      for (path, value) in settings { table.add(path, value) }
      parts.append(output.text(of: table))
    }
    return parts.joined(separator: "\n")
  }
}

extension Table {
  init(_ variables: [EnvironmentVariable]) {
    self.init(
      .text("VARIABLE", least: 16), .name("SOURCE"), .text("VALUE", least: 16), .name("ORIGIN"))
    let users = Set(variables.filter { $0.origin == .user }.map(\.name))
    for variable in variables {
      let isOverridden = variable.origin != .user && users.contains(variable.name)
      add(
        variable.name, variable.sourceWord, variable.valueText,
        Words.word(variable.origin) + (isOverridden ? ", overridden" : ""))
    }
  }
}
