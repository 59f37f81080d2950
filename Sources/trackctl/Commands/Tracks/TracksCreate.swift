import TrackMessages

extension Command {
  private static let id = Flag("id", .text("ID"), "the track's id [trackd makes a UUID]")
  private static let branch = Flag("branch", .text("BRANCH"), "the Git branch that feeds it")
  private static let description = Flag("description", .text("TEXT"), "what people read")
  private static let autoDeploy = Flag("auto-deploy", "deploy new images without being asked")

  static let tracksCreate = Command(
    CommandSpec(
      path: ["tracks", "create"],
      summary: "Create a track; it becomes the latest of its component.",
      details: """
        The track starts with copies of the endpoints that users gave to the former latest track.
        Services need a version. Write BRANCH as Git does.
        """,
      operands: [
        CommonOperands.component,
        Operand(name: "VERSION", help: "v<major>.<minor>, such as v1.2", isOptional: true),
      ],
      flags: [branch, description, autoDeploy, id] + CommonFlags.mutation,
      examples: [
        (
          "trackctl tracks create cart v1.2 --branch release/1.2 --auto-deploy",
          "a track that deploys every build of its branch"
        )
      ])
  ) { arguments, session in
    var request = CreateDeploymentTrackRequest()
    request.componentId = arguments.operands[0]
    request.apiVersion = arguments.operand(1) ?? ""
    request.id = arguments.text(id) ?? ""
    request.branch = URLText.encoded(arguments.text(branch) ?? "")
    request.description = arguments.text(description) ?? ""
    request.autoDeployEnabled = arguments.has(autoDeploy)
    request.takeMutationFlags(arguments)
    let response = try await session.connected {
      try await $0.tracks.createDeploymentTrack(request, options: $0.options)
    }
    try session.output.show(response, deed(response, session.output, id: request.id))
    return .success
  }

  private static func deed(
    _ response: CreateDeploymentTrackResponse, _ output: Output, id: String
  ) -> Deed {
    var track = response.deploymentTrack ?? DeploymentTrack()
    let name = track.apiVersion.isEmpty ? "a track" : "track \(track.apiVersion)"
    if output.isCheck { track.removeMadeUp(id: id) }
    return Deed("create \(name) of component \(track.componentId)", details: track.text(output))
  }
}

extension DeploymentTrack {
  /// Removes values that the server makes up anew for each track.
  ///
  /// - Parameter id: the id that the user chose; empty for none.
  fileprivate mutating func removeMadeUp(id: String) {
    self.id = id
    etag = ""
    createdAt = nil
    updatedAt = nil
  }
}

/// Branches go to the server URL-encoded.
enum URLText {
  static func encoded(_ branch: String) -> String {
    branch.replacing("%", with: "%25")
  }
}
