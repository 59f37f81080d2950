import TrackMessages

extension Command {
  private static let target = Flag(
    "to", .text("ENVIRONMENT"), names: .environment,
    "into this one [the first that lacks what the one before it has]")

  static let promote = Command(
    CommandSpec(
      path: ["promote"], summary: "Deploy what one environment has into the next of the pipeline.",
      details: """
        Deploys the image that is active in the environment before --to. Without --to, the target is
        the first environment of the pipeline whose image differs from the one of the environment
        before it. Waits, as trackctl deploy does.
        """,
      operands: [CommonOperands.component, CommonOperands.track],
      flags: [target]
        + DeployFlags.all.filter { $0.name != "environment" },
      examples: [
        ("trackctl promote cart v1.2", "one step on"),
        ("trackctl promote cart v1.2 --to production --reason 'release 1.2.3'", "a certain step"),
      ])
  ) { arguments, session in
    var request = try DeployFlags.request(arguments)
    var source = ""
    let accepted = try await session.connected { api in
      let track = try await api.trackId(request.componentId, arguments.operands[1])
      request.deploymentTrackId = track
      let step = try await Promotion(api, request, to: arguments.text(target)).find()
      request.environmentId = step.target
      request.imageId = step.image
      if !request.validateOnly {
        session.output.note("image \(step.image): from \(step.source) into \(step.target)")
      }
      source = step.source
      return try await api.tracks.deployDeploymentTrack(request, options: api.options)
    }
    session.output.note(warnings: accepted.warnings)
    return try await DeploymentWaiter(session, arguments)
      .finish(
        accepted.deployment ?? Deployment(), arguments,
        "deploy image \(Words.short(request.imageId)) from \(source) into "
          + request.environmentId)
  }
}
