import TrackMessages

extension Command {
  private static let force = Flag(
    "force", "take active and unfinished deployments along, and give up places out of reach")

  static let tracksDelete = Command(
    CommandSpec(
      path: ["tracks", "delete"], summary: "Delete a track with its images and its history.",
      details: """
        First removes what the track has outside of trackd. When that takes long, the command ends
        with status 5 and the deletion goes on: the same command waits for it again. With --force it
        gives up Git repositories that cannot be reached, and lists what stays there. The last track
        of a component cannot be deleted.
        """,
      operands: [CommonOperands.component, CommonOperands.track],
      flags: [force, CommonFlags.etag] + CommonFlags.mutation,
      examples: [("trackctl tracks delete cart v1.0 --force", "even while it is deployed")])
  ) { arguments, session in
    let response = try await session.connected { api in
      var request = DeleteDeploymentTrackRequest()
      request.componentId = arguments.operands[0]
      request.deploymentTrackId = try await api.trackId(
        arguments.operands[0], arguments.operands[1])
      request.force = arguments.has(force)
      request.etag = arguments.text(CommonFlags.etag) ?? ""
      request.takeMutationFlags(arguments)
      return try await api.tracks.deleteDeploymentTrack(request, options: api.options)
    }
    try session.output.show(response, deed(response, arguments))
    return .success
  }

  private static func deed(
    _ response: DeleteDeploymentTrackResponse, _ arguments: Arguments
  ) -> Deed {
    let (component, track) = (arguments.operands[0], arguments.operands[1])
    let latest = response.latestDeploymentTrackId
    let left = response.abandonedPlaces.map { "left behind: \(Table.printable($0))\n" }
    return Deed(
      "delete track \(track) of component \(component), with its images and its history; "
        + "the latest track would be \(latest)",
      done: "deleted; the latest track is \(latest)", details: left.joined())
  }
}
