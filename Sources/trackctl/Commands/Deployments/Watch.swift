import EventLoop
import RPC
import TrackMessages

extension Command {
  private static let project = Flag(
    "project", .text("ID"), names: .project, "the components of this project")
  private static let token = Flag(
    "resume", .text("TOKEN"), "go on after the message with this resume_token")
  private static let changesOnly = Flag("changes", "leave out what is there when the watch begins")

  static let watch = Command(
    CommandSpec(
      path: ["watch"], summary: "Follow changes of tracks, images and deployments as they happen.",
      details: """
        Follows one component, a project, or everything: first the current state, then every change
        in the order of its commit, one line each (-o json: one JSON message each, with the
        resume_token). When the connection or the call breaks, the watch continues where it was, or
        begins anew if the current state had not arrived completely. It ends on Ctrl-C, and on
        errors that would repeat.
        """,
      operands: [
        Operand(
          name: "COMPONENT", help: CommonOperands.component.help, isOptional: true,
          names: .component)
      ],
      flags: [project, token, changesOnly],
      examples: [
        ("trackctl watch cart --changes", "what happens from now on"),
        ("trackctl watch --project shop -o json", "for a program"),
      ])
  ) { arguments, session in
    var request = WatchDeploymentTracksRequest()
    request.componentId = arguments.operand(0) ?? ""
    request.projectId = arguments.text(project) ?? ""
    request.resumeToken = arguments.text(token) ?? ""
    let showsState = !arguments.has(changesOnly)
    let stream = ResumedStream(session, "watch", behind: request.resumeToken)
    let wanted = request
    try await stream.run { api in
      var request = wanted
      request.resumeToken = stream.token
      try await api.tracks.watchDeploymentTracks(request, options: api.endless) { changes in
        for try await message in changes {
          stream.received(token: message.resumeToken)
          if !showsState, message.change?.type == .existing { continue }
          try session.output.show(line: message) { message.change?.line }
        }
      }
    }
    return .success
  }
}

extension Change {
  /// The change on one line.
  var line: String {
    let time = type == .existing ? "-" : Words.time(changedAt)
    let who = actor.isEmpty ? "" : " by \(actor)"
    return "\(time) \(Words.word(type)) \(what)\(who)"
  }

  private var what: String {
    switch resource {
    case .deploymentTrack(let track):
      "track \(track.componentId)/\(track.id) \(track.apiVersion)"
        + (track.latest ? "*" : "") + (track.branch.isEmpty ? "" : " of \(track.branch)")
    case .image(let image):
      "image \(image.imageId) of commit \(Words.short(image.commitHash)) in track "
        + (image.deploymentTrackId.isEmpty ? "(none)" : image.deploymentTrackId)
    case .deployment(let deployment):
      "deployment \(deployment.id) of \(deployment.componentId)/\(deployment.deploymentTrackId)"
        + " into \(deployment.environmentId): \(Words.word(deployment.kind)), \(deployment.progress)"
    case nil: "something unknown"
    }
  }
}
