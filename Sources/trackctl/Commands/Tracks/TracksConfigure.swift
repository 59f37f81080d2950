import Protobuf
import TrackMessages

extension Command {
  static let tracksConfigure = Command(
    CommandSpec(
      path: ["tracks", "configure"],
      summary: "Set endpoints, API settings and environment variables from a file.",
      details: """
        FILE holds JSON with any of the members endpoints, api_settings and environment_variables of
        UpdateDeploymentTrackConfigsRequest; '-' is stdin. Each member replaces everything of its
        kind that users defined; an empty one removes it. Definitions of the source config stay. The
        change takes effect with the next deployment. For single variables and settings see trackctl
        configs set.
        """,
      operands: [
        CommonOperands.component, CommonOperands.track,
        Operand(name: "FILE", help: "the file with the configuration"),
      ],
      flags: [CommonFlags.etag] + CommonFlags.mutation,
      examples: [("trackctl tracks configure cart v1.2 configs.json", "what the file says")])
  ) { arguments, session in
    let (content, names): (UpdateDeploymentTrackConfigsRequest, [String]) =
      try TextFile.messageAndNames(arguments.operands[2], arguments)
    let response = try await session.connected { api in
      var request = content
      request.componentId = arguments.operands[0]
      request.deploymentTrackId = try await api.trackId(
        arguments.operands[0], arguments.operands[1])
      request.updateMask = FieldMask()
      request.updateMask?.paths = names
      request.etag = arguments.text(CommonFlags.etag) ?? ""
      request.takeMutationFlags(arguments)
      return try await api.tracks.updateDeploymentTrackConfigs(request, options: api.options)
    }
    session.output.note(warnings: response.warnings)
    let track = response.deploymentTrack ?? DeploymentTrack()
    try session.output.show(response, Deed(track.change, details: track.text(session.output)))
    return .success
  }
}
