import TrackMessages

extension Command {
  static let deploy = Command(
    CommandSpec(
      path: ["deploy"], summary: "Deploy an image of a track into an environment.",
      details: """
        Waits until the deployment is done, and reports progress on stderr; the status is 1 when it
        fails. The deployment continues even if trackctl is stopped. Into a later environment of the
        pipeline, only an image that is active in the environment before it may go: see trackctl
        promote.
        """,
      operands: [
        CommonOperands.component, CommonOperands.track,
        Operand(
          name: "IMAGE",
          help: "the image: its id, the beginning of it or of its commit's hash, or @newest",
          names: .image),
      ],
      flags: DeployFlags.all,
      examples: [
        ("trackctl deploy cart v1.2 @newest", "what CI saved last, into the first environment"),
        (
          "trackctl deploy cart v1.2 3f9a02c --environment production --reason 'hotfix 12'",
          "the image of a commit"
        ),
      ])
  ) { arguments, session in
    var request = try DeployFlags.request(arguments)
    let accepted = try await session.connected { api in
      let track = try await api.trackId(request.componentId, arguments.operands[1])
      request.deploymentTrackId = track
      request.imageId = try await api.imageId(request.componentId, track, arguments.operands[2])
      return try await api.tracks.deployDeploymentTrack(request, options: api.options)
    }
    session.output.note(warnings: accepted.warnings)
    return try await DeploymentWaiter(session, arguments)
      .finish(
        accepted.deployment ?? Deployment(), arguments,
        "deploy image \(Words.short(request.imageId)) into "
          + (accepted.deployment?.environmentId ?? ""))
  }
}
