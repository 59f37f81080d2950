import TrackMessages

extension Command {
  static let tracksGet = Command(
    CommandSpec(
      path: ["tracks", "get"], summary: "Show one track with its endpoints.",
      operands: [CommonOperands.component, CommonOperands.track],
      examples: [("trackctl tracks get cart v1.2", "the track with that version")])
  ) { arguments, session in
    let track = try await session.connected {
      try await $0.track(arguments.operands[0], arguments.operands[1])
    }
    var response = GetDeploymentTrackResponse()
    response.deploymentTrack = track
    try session.output.show(response) { track.text }
    return .success
  }
}

extension DeploymentTrack {
  /// The track and its endpoints, for people.
  var text: String {
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
    return endpoints.isEmpty ? list.text : list.text + "\n" + endpointTable
  }

  private var endpointTable: String {
    var table = Table("ENDPOINT", "TYPE", "PORT", "BASE PATH", "VISIBILITY", "ORIGIN")
    for endpoint in endpoints {
      table.add(
        endpoint.name, Words.word(endpoint.type), "\(endpoint.port)", endpoint.basePath,
        endpoint.networkVisibilities.map { Words.word($0) }.joined(separator: ", "),
        Words.word(endpoint.origin))
    }
    return table.text
  }
}
