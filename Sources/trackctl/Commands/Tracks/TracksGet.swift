import TrackMessages

extension Command {
  static let tracksGet = Command(
    CommandSpec(
      path: ["tracks", "get"],
      summary: "Show one track with its endpoints, and what is active of it.",
      details: """
        Shows the active deployments with the names of their objects in the manifest, and the
        addresses of their endpoints for pods of the same namespace; from another namespace, append
        .NAMESPACE.svc to the service's name.
        """,
      operands: [CommonOperands.component, CommonOperands.track],
      examples: [("trackctl tracks get cart v1.2", "the track with that version")])
  ) { arguments, session in
    let response = try await session.connected { api in
      let id = try await api.trackId(arguments.operands[0], arguments.operands[1])
      return try await api.trackAndActive(arguments.operands[0], id)
    }
    try session.output.show(response) {
      let tables = response.activeDeployments.tables.map { "\n" + session.output.text(of: $0) }
      return (response.deploymentTrack?.text(session.output) ?? "") + tables.joined()
    }
    return .success
  }
}

extension [ActiveDeployment] {
  /// The active deployments, the names of their objects, and their addresses; no table without
  /// rows.
  var tables: [Table] {
    var deployments = Table(
      .text("ACTIVE IN", least: 12), .handle("DEPLOYMENT"), .handle("IMAGE"), .name("CONFIG"),
      .time("SINCE"))
    var objects = Table(.text("ACTIVE IN", least: 12), .name("OBJECT"), .name("NAME"))
    var addresses = Table(
      .text("ACTIVE IN", least: 12), .text("ENDPOINT", least: 12), .name("ADDRESS"))
    for active in self {
      let deployment = active.deployment ?? Deployment()
      let environment = deployment.environmentId
      deployments.add(
        environment, deployment.id, deployment.imageId,
        "\(deployment.configRevision)", Words.time(deployment.endedAt))
      for object in active.objects { objects.add(environment, object.kind, object.name) }
      for one in active.endpointAddresses { addresses.add(environment, one.endpoint, one.address) }
    }
    return [deployments, objects, addresses].filter { !$0.isEmpty }
  }
}

extension DeploymentTrack {
  /// The track and its endpoints, for people.
  func text(_ output: Output) -> String {
    var list = FieldList()
    list.add("track", id)
    list.add("component", componentId)
    list.add("version", apiVersion)
    list.add("latest", latest ? "yes" : "no")
    list.add("branch", branch.isEmpty ? "(none: unlinked)" : branch)
    list.add("auto-deploy", autoDeployEnabled ? "on" : "off")
    list.add("description", description)
    list.add("config revision", "\(configRevision)")
    list.add("etag", etag)
    list.add("created", Words.time(createdAt))
    list.add("created by", createdBy)
    list.add("updated", Words.time(updatedAt))
    return endpoints.isEmpty ? list.text : list.text + "\n" + output.text(of: Table(endpoints))
  }

  /// Completes "would", for a call that changes the track.
  var change: String {
    "change track \(apiVersion.isEmpty ? id : apiVersion) of component \(componentId) to this"
  }
}

extension Table {
  init(_ endpoints: [Endpoint]) {
    self.init(
      .text("ENDPOINT", least: 12), .name("TYPE"), .name("PORT"), .text("BASE PATH"),
      .text("VISIBILITY"), .name("ORIGIN"))
    for endpoint in endpoints {
      add(
        endpoint.name, Words.word(endpoint.type), "\(endpoint.port)", endpoint.basePath,
        endpoint.networkVisibilities.map { Words.word($0) }.joined(separator: ", "),
        Words.word(endpoint.origin))
    }
  }
}
